import { CommanderError } from "commander";
import { ExitCode } from "./src/exit-codes.ts";
import { LabError } from "./src/lab-error.ts";
import { createProgram } from "./src/program.ts";

try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed its words already; it ends with 1 where a usage error is 2 here.
    process.exitCode = error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  } else if (error instanceof LabError) {
    console.error(`lab: ${error.message}\n  ${error.hint.replaceAll("\n", "\n  ")}`);
    process.exitCode = error.exitCode;
  } else {
    throw error;
  }
}
