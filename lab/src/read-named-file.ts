import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { userFolder } from "./user-folder.ts";

/**
 * Reads a file that the user names, from the folder that the user is in.
 *
 * @throws {LabError} (exit code `usage`) when it cannot be read.
 */
export function readNamedFile(file: string): string {
  try {
    return readFileSync(resolve(userFolder(), file), "utf8");
  } catch (error) {
    throw new LabError(`cannot read ${file}: ${(error as Error).message}`, {
      exitCode: ExitCode.usage,
      hint: "name a file that is there",
    });
  }
}
