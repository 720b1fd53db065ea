import { inspect } from "node:util";
import { ExitCode, printableLines } from "@envoy-mesh-lab/trace";

/**
 * Ends the process after an error that nobody expected: with its stack, words on what to do, and an exit code that no
 * script takes for an answer (Node's own, 1, would say that a check found something).
 */
export function crash(name: string, error: unknown): never {
  console.error(
    printableLines(`${name}: this is a mistake in ${name} itself, and there is no result: ${error instanceof Error ? error.message : String(error)}
  please report it, with the lines below, the command line, and the file that was read if you may share it
  node ${process.version}, ${process.platform} ${process.arch}
${inspect(error)}`),
  );
  process.exit(ExitCode.internal);
}
