import { setTimeout as delay } from "node:timers/promises";
import { Command, InvalidArgumentError } from "commander";
import { ExitCode } from "../exit-codes.ts";
import { LabError } from "../lab-error.ts";
import { readLogFrom, tailLog } from "../native/log-tail.ts";
import { keptLogs, meshStatus, type PartLog, unknownPart } from "../native/mesh.ts";
import { interruptible } from "../programs/index.ts";
import { type MeshFlags, meshOf } from "./mesh-options.ts";

interface Flags extends MeshFlags {
  readonly follow?: boolean;
  readonly lines: number;
}

const POLL_MS = 200;

function count(text: string): number {
  if (!/^\d+$/.test(text)) {
    throw new InvalidArgumentError("It is a number of lines.");
  }
  return Number(text);
}

/** Puts the part's name before each line, as docker compose logs does when it shows several parts. */
export function prefixLines(text: string, name: string, width: number): string {
  return width === 0 ? text : text.replace(/^(?=.)/gm, `${name.padEnd(width)} | `);
}

async function follow(parts: readonly PartLog[], ends: Map<string, number>, width: number): Promise<void> {
  await interruptible(undefined, async (signal) => {
    while (!signal.aborted) {
      for (const { name, log } of parts) {
        const { text, end } = await readLogFrom(log, ends.get(name) ?? 0);
        ends.set(name, end);
        process.stdout.write(prefixLines(text, name, width));
      }
      await delay(POLL_MS);
    }
  });
}

/** `lab logs`: what the parts print. */
export function logsCommand(): Command {
  const command = new Command("logs")
    .summary("show what the parts print")
    .description("Shows the end of the log of one part, or of all.")
    .argument("[part]", "part of the mesh (default: all)")
    .option("-f, --follow", "go on showing what is added, until Ctrl-C")
    .option("-n, --lines <n>", "lines of each part to begin with", count, 50);
  command.option(
    "--file <path>",
    "compose file that names the mesh (default: the lab's compose.yaml)",
    (path, list: string[] = []) => [...list, path],
  );
  return command
    .option("-p, --project-name <name>", "name of the mesh (default: the name in the compose file)")
    .addHelpText(
      "after",
      `
Examples:
  lab logs gateway
  lab logs edge -f
  lab logs gateway -n 1000 | jq -r 'select(.trace_id == "…") | .msg'`,
    )
    .action(async (part: string | undefined, flags: Flags) => {
      const status = await meshStatus(meshOf(flags));
      // A start that failed leaves its logs to be read.
      const all = status.parts.length > 0 ? status.parts : await keptLogs(status.project);
      if (all.length === 0) {
        throw new LabError(`${status.project} is not running, and has left no logs.`, {
          hint: "Start it with lab up.",
          exitCode: ExitCode.notRunning,
        });
      }
      const parts = all.filter(({ name }) => part === undefined || name === part);
      if (part !== undefined && parts.length === 0) {
        throw unknownPart(
          part,
          all.map(({ name }) => name),
        );
      }
      const width = parts.length > 1 ? Math.max(...parts.map(({ name }) => name.length)) : 0;
      const ends = new Map<string, number>();
      for (const { name, log } of parts) {
        const { text, end } = await tailLog(log, flags.lines);
        ends.set(name, end);
        process.stdout.write(prefixLines(text, name, width));
      }
      if (flags.follow) {
        await follow(parts, ends, width);
      }
    });
}
