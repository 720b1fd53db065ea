import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** What a stage says in its last line. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
}

/**
 * Runs the stages of each queue one after the other, beside those of the other queues, each in a process of its own, as a stage
 * tells its mesh by its environment. Each line that one writes bears its name.
 *
 * @param command what runs one stage, when its name is appended. Default: this very program.
 * @param print takes a line. Default: to standard output.
 * @returns a count for each stage. One that ended without it, because it died, counts as a failure.
 */
export async function runSideBySide(
  queues: readonly (readonly string[])[],
  command: readonly string[] = [process.execPath, ...process.execArgv, join(import.meta.dirname, "run.ts")],
  print: (line: string) => void = console.log,
): Promise<Count[]> {
  const width = Math.max(0, ...queues.flat().map((it) => it.length));
  const perQueue = queues.map(async (names) => {
    const counts: Count[] = [];
    for (const name of names) {
      counts.push(await runOne([...command, name], (line) => print(`${name.padEnd(width)} | ${line}`)));
    }
    return counts;
  });
  return (await Promise.all(perQueue)).flat();
}

async function runOne(
  [program = "", ...args]: readonly string[],
  print: (line: string) => void,
): Promise<Count> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const end = () => child.kill();
  process.once("exit", end);
  let count: Count | undefined;
  const read = async (input: NodeJS.ReadableStream) => {
    for await (const line of createInterface({ input })) {
      const [, passed, failed] = /^(\d+) passed, (\d+) failed$/.exec(line) ?? [];
      count = passed === undefined ? count : { passed: Number(passed), failed: Number(failed) };
      print(line);
    }
  };
  const [[code, signal]] = await Promise.all([once(child, "close"), read(child.stdout), read(child.stderr)]);
  process.off("exit", end);
  // 0 and 1 are what it ends with after its count.
  if (count !== undefined && (code === 0 || code === 1)) return count;
  print(`ended with ${signal ?? code}, and not as one that has counted all`);
  return { passed: count?.passed ?? 0, failed: (count?.failed ?? 0) + 1 };
}
