import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { Command } from "commander";

/** In the order in which a newcomer meets them. What a command needs is loaded when that one, or all, are asked for. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import("./commands/start.ts")).startCommand(),
  up: async () => (await import("./commands/up.ts")).upCommand(),
  down: async () => (await import("./commands/down.ts")).downCommand(),
  status: async () => (await import("./commands/status.ts")).statusCommand(),
  logs: async () => (await import("./commands/logs.ts")).logsCommand(),
  call: async () => (await import("./commands/call.ts")).callCommand(),
  load: async () => (await import("./commands/load.ts")).loadCommand(),
  traces: async () => (await import("./commands/traces.ts")).tracesCommand(),
  trace: async () => (await import("./commands/trace.ts")).traceCommand(),
  span: async () => (await import("./commands/span.ts")).spanCommand(),
  check: async () => (await import("./commands/check.ts")).checkCommand(),
  compare: async () => (await import("./commands/compare.ts")).compareCommand(),
  exercise: async () => (await import("./commands/exercise.ts")).exerciseCommand(),
  restart: async () => (await import("./commands/restart.ts")).restartCommand(),
  stop: async () => (await import("./commands/stop.ts")).stopCommand(),
  kill: async () => (await import("./commands/kill.ts")).killCommand(),
  completion: async () => (await import("./commands/completion.ts")).completionCommand(createProgram),
};

/**
 * The command line tool. Errors in its use are thrown as CommanderError, so that main.ts decides the exit code.
 *
 * @param wanted the one command that it is to have, so that it starts sooner. Default, and for a name that is none: all,
 * for the help and for the name that was meant.
 */
export async function createProgram(wanted = ""): Promise<Command> {
  const program = new Command("lab").description(
    "Envoy Mesh Lab: run a mesh, send requests through it, and see where the proxies sit in the trace.",
  );
  program.version(`lab ${versionOf()}`, "-V, --version", "tell the version of the lab");
  // So that an option behind a command's own command is that one's.
  program.enablePositionalOptions();
  const only = Object.hasOwn(commands, wanted) ? commands[wanted] : undefined;
  for (const create of only === undefined ? Object.values(commands) : [only]) {
    program.addCommand(await create());
  }
  program.addHelpText("after", "\nBegin with `lab start`; every command has --help with an example.");
  for (const command of [program, ...program.commands.flatMap((it) => [it, ...it.commands])]) {
    command
      .exitOverride()
      .showHelpAfterError("(add --help for what the command takes)")
      .showSuggestionAfterError();
  }
  return program;
}

/** The version that package.json says; every package of the repository has the same. */
function versionOf(): string {
  const { version } = JSON.parse(readFileSync(join(repoRoot, "package.json"), "utf8")) as { version: string };
  return version;
}
