import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { FreshProject } from "./fresh-project.ts";
import { ensureNodeRelease } from "./node-release.ts";
import type { Cell } from "./releases.ts";

const run = promisify(execFile);

/** The ways to add the interceptors. */
export const ways = ["by-code", "from-outside"] as const;

/**
 * Runs the app of a project, which has the releases of the cell, with the cell's Node.
 *
 * @returns what the app counted
 * @throws with the app's own words when something of it is not as it must be
 */
export async function runCell(
  project: FreshProject,
  { sdk, node }: Cell,
  way: (typeof ways)[number],
): Promise<string> {
  const imports = way === "by-code" ? [] : ["--import", "@envoy-mesh-lab/otelconnect/register"];
  const { stdout } = await run(
    await ensureNodeRelease(node),
    [...imports, "app.mjs", sdk.tracePackage, way],
    {
      cwd: project.folder,
      timeout: 60_000,
    },
  );
  return stdout.trim();
}
