import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { assembleProgram } from "@envoy-mesh-lab/meshtrace";
import type { Command } from "commander";

/** In the order in which a newcomer meets them. What a command needs is loaded when that one, or all, are asked for. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import("./commands/start.ts")).startCommand(),
  up: async () => (await import("./commands/up.ts")).upCommand(),
  down: async () => (await import("./commands/down.ts")).downCommand(),
  status: async () => (await import("./commands/status.ts")).statusCommand(),
  ui: async () => (await import("./commands/ui.ts")).uiCommand(),
  logs: async () => (await import("./commands/logs.ts")).logsCommand(),
  call: async () => (await import("./commands/call.ts")).callCommand(),
  load: async () => (await import("./commands/load.ts")).loadCommand(),
  traces: async () => (await import("./commands/analysis.ts")).traces(),
  trace: async () => (await import("./commands/analysis.ts")).trace(),
  span: async () => (await import("./commands/analysis.ts")).span(),
  check: async () => (await import("./commands/analysis.ts")).check(),
  expect: async () => (await import("./commands/analysis.ts")).expect(),
  compare: async () => (await import("./commands/analysis.ts")).compare(),
  score: async () => (await import("./commands/analysis.ts")).score(),
  exercise: async () => (await import("./commands/exercise.ts")).exerciseCommand(),
  incident: async () => (await import("./commands/incident.ts")).incidentCommand(),
  restart: async () => (await import("./commands/restart.ts")).restartCommand(),
  stop: async () => (await import("./commands/stop.ts")).stopCommand(),
  kill: async () => (await import("./commands/kill.ts")).killCommand(),
  completion: async () => (await import("./commands/lab-completion.ts")).completion(createProgram),
};

/**
 * The command line tool. Errors in its use are thrown as CommanderError, so that main.ts decides the exit code.
 *
 * @param wanted the one command that it is to have, so that it starts sooner. Default, and for a name that is none: all,
 * for the help and for the name that was meant.
 */
export function createProgram(wanted?: string): Promise<Command> {
  const parts = {
    name: "lab",
    description:
      "Envoy Mesh Lab: run a mesh, send requests through it, and see where the proxies sit in the trace.",
    version: versionOf(),
    versionOf: "the lab",
    commands,
    footer: "Begin with `lab start`; every command has --help with an example.",
  };
  return assembleProgram(parts, wanted);
}

/** The version that package.json says; every package of the repository has the same. */
function versionOf(): string {
  const { version } = JSON.parse(readFileSync(join(repoRoot, "package.json"), "utf8")) as { version: string };
  return version;
}
