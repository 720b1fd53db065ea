import { Command } from "commander";
import { callCommand } from "./commands/call.ts";
import { checkCommand } from "./commands/check.ts";
import { traceCommand } from "./commands/trace.ts";

/** The command line tool. Errors in its use are thrown as CommanderError, so that main.ts decides the exit code. */
export function createProgram(): Command {
  const program = new Command("lab")
    .description(
      "Envoy Mesh Lab: run a mesh, send requests through it, and see where the proxies sit in the trace.",
    )
    .showHelpAfterError("(add --help for what the command takes)")
    .showSuggestionAfterError();
  for (const command of [callCommand(), traceCommand(), checkCommand()]) {
    program.addCommand(command);
  }
  program.addHelpText("after", "\nStart with `lab start`; every command has --help with an example.");
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .showHelpAfterError("(add --help for what the command takes)")
      .showSuggestionAfterError();
  }
  return program;
}
