import { CommanderError } from "commander";
import { loadEnvFile } from "../bootstrap/env-file.mjs";
import { crash } from "./src/crash.ts";
import { ExitCode } from "./src/exit-codes.ts";
import { inWords, LabError } from "./src/lab-error.ts";
import { createProgram } from "./src/program.ts";

process.on("uncaughtException", crash);
// `lab logs -f | head` closes the pipe when it has seen enough; that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});

try {
  loadEnvFile();
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed its words already; it ends with 1 where a usage error is 2 here.
    process.exitCode = error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  } else if (error instanceof LabError) {
    console.error(inWords(error));
    process.exitCode = error.exitCode;
  } else {
    crash(error);
  }
}
