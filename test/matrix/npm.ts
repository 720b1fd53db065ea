import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { findNpm } from "@envoy-mesh-lab/bootstrap";

const run = promisify(execFile);

/**
 * Runs npm in a folder, under the Node that runs this.
 *
 * @returns what it printed
 * @throws with what npm said when it fails
 */
export async function npm(folder: string, ...args: string[]): Promise<string> {
  const path = `${dirname(process.execPath)}:${process.env.PATH ?? ""}`;
  const { stdout } = await run(process.execPath, [findNpm(), ...args, "--no-audit", "--no-fund"], {
    cwd: folder,
    env: { ...process.env, PATH: path },
    timeout: 300_000,
  });
  return stdout;
}
