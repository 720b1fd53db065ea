import { loadEnvFile } from "@envoy-mesh-lab/bootstrap";
import { ExitCode, inWords, LabError } from "@envoy-mesh-lab/trace";
import { CommanderError } from "commander";
import { crash } from "./src/crash.ts";
import { createProgram } from "./src/program.ts";

process.on("uncaughtException", crash);
// `lab logs -f | head` closes the pipe when it has seen enough; that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});

try {
  loadEnvFile();
  await (await createProgram(process.argv[2])).parseAsync();
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
