import { Command } from "commander";
import { callCommand } from "./commands/call.ts";
import { checkCommand } from "./commands/check.ts";
import { compareCommand } from "./commands/compare.ts";
import { downCommand } from "./commands/down.ts";
import { exerciseCommand } from "./commands/exercise.ts";
import { killCommand } from "./commands/kill.ts";
import { loadCommand } from "./commands/load.ts";
import { logsCommand } from "./commands/logs.ts";
import { restartCommand } from "./commands/restart.ts";
import { startCommand } from "./commands/start.ts";
import { statusCommand } from "./commands/status.ts";
import { stopCommand } from "./commands/stop.ts";
import { traceCommand } from "./commands/trace.ts";
import { upCommand } from "./commands/up.ts";

/** In the order in which a newcomer meets them. */
const commands = [
  startCommand,
  upCommand,
  downCommand,
  statusCommand,
  logsCommand,
  callCommand,
  loadCommand,
  traceCommand,
  checkCommand,
  compareCommand,
  exerciseCommand,
  restartCommand,
  stopCommand,
  killCommand,
];

/** The command line tool. Errors in its use are thrown as CommanderError, so that main.ts decides the exit code. */
export function createProgram(): Command {
  const program = new Command("lab").description(
    "Envoy Mesh Lab: run a mesh, send requests through it, and see where the proxies sit in the trace.",
  );
  // So that an option behind a command's own command is that one's.
  program.enablePositionalOptions();
  for (const create of commands) {
    program.addCommand(create());
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
