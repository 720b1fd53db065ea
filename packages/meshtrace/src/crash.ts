import { inspect } from "node:util";
import { ExitCode, inWords, LabError, printableLines } from "@envoy-mesh-lab/trace";

/** What the system says of a disk that is full, and of a user who has used up his share of one (errno(3)). */
const withoutRoom = new Set<unknown>(["ENOSPC", "EDQUOT"]);

/**
 * Ends the process after an error that nobody expected, or that nobody can do much about, as a full disk: with its stack, words on what to do, and an exit code that no
 * script takes for an answer (Node's own, 1, would say that a check found something).
 */
export function crash(name: string, error: unknown): never {
  if (error instanceof Error && "code" in error && withoutRoom.has(error.code)) {
    const full = new LabError(`a disk has no room left, and there is no result: ${error.message}`, {
      hint: "Make room where the mesh is kept and where the output goes; lab down --volumes removes the traces that are stored.",
    });
    console.error(inWords(full, name));
    process.exit(ExitCode.noRoom);
  }
  console.error(
    printableLines(`${name}: this is a mistake in ${name} itself, and there is no result: ${error instanceof Error ? error.message : String(error)}
  please report it, with the lines below, the command line, and the file that was read if you may share it
  node ${process.version}, ${process.platform} ${process.arch}
${inspect(error)}`),
  );
  process.exit(ExitCode.internal);
}
