import { ExitCode, inWords, LabError } from "@envoy-mesh-lab/trace";
import type { Command } from "commander";
import { CommanderError } from "commander";
import { crash } from "./crash.ts";

/**
 * Runs a program as the command line asks, and sets the exit code of the process.
 *
 * @param name what the program is called, which its errors begin with.
 * @param createProgram makes the program; what the user typed first says which of its commands is needed.
 */
export async function runProgram(
  name: string,
  createProgram: (wanted: string | undefined) => Promise<Command>,
): Promise<void> {
  process.on("uncaughtException", (error) => crash(name, error));
  // `lab logs -f | head` closes the pipe when it has seen enough; that is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    throwUnlessClosed(error);
  });
  // Who reads no errors may still want the exit code: `meshtrace listen 2>&1 | head -1`.
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throwUnlessClosed(error);
  });
  try {
    const program = await createProgram(process.argv[2]);
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has printed its words already; it ends with 1 where a usage error is 2 here.
      process.exitCode = error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    } else if (error instanceof LabError) {
      console.error(inWords(error, name));
      process.exitCode = error.exitCode;
    } else {
      crash(name, error);
    }
  }
}

/** A terminal that was closed takes no more words. SIGHUP has told so, and what is being brought back is brought back all the same. */
function throwUnlessClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== "EIO") throw error;
}
