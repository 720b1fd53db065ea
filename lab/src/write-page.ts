import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { exportPage } from "@envoy-mesh-lab/page-server/export";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { userFolder } from "./user-folder.ts";

/**
 * Writes the page as one HTML file, which reads traces without any server.
 *
 * @throws {LabError} (exit code `usage`) when it cannot be written there.
 */
export async function writePage(file: string): Promise<string> {
  const path = resolve(userFolder(), file);
  const html = await exportPage();
  try {
    writeFileSync(path, html);
  } catch (error) {
    throw new LabError(`--export: cannot write ${path}: ${(error as Error).message}`, {
      exitCode: ExitCode.usage,
      hint: "name a file in a folder that exists and that you may write to",
    });
  }
  return path;
}
