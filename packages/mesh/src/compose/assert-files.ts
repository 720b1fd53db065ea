import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";

/**
 * Makes sure that compose files are there.
 *
 * @param cwd where relative paths begin.
 * @throws {LabError} (exit code `usage`) naming all that are not.
 */
export function assertComposeFiles(files: readonly string[], cwd: string): void {
  const missing = files.filter((file) => !existsSync(resolve(cwd, file)));
  if (missing.length > 0) {
    throw new LabError(`there is no compose file ${missing.join(", ")}`, {
      hint: "Give --file the path of one, from the folder that you are in.",
      exitCode: ExitCode.usage,
    });
  }
}
