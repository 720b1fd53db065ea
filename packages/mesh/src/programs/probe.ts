import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** What a short run of a program printed. */
export interface ProbeResult {
  /** The exit code; undefined when the program did not start, was killed, or took too long. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that does not answer `--version` in this time is not the one that is looked for. */
const probeTimeoutMs = 15_000;

/**
 * Runs a program for a moment and takes what it prints. Never throws: a program that fails to start is an answer too.
 * It runs in the temporary folder, as some programs (Go among them) read files of the current one.
 */
export function probe(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const options = {
      env,
      cwd: tmpdir(),
      timeout: probeTimeoutMs,
      killSignal: "SIGKILL",
      maxBuffer: 4 << 20,
    } as const;
    const child = execFile(file, [...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : undefined;
      resolve({ code, stdout, stderr });
    });
    child.stdin?.end();
  });
}

/** Every executable file of that name on the PATH, in the PATH's order. */
export async function findOnPath(name: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const folders = [...new Set((env.PATH ?? "").split(delimiter).filter(Boolean))];
  const found = await Promise.all(
    folders.map(async (dir) => ((await isProgram(join(dir, name))) ? join(dir, name) : "")),
  );
  return found.filter(Boolean);
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
