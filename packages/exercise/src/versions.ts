import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import type { Mesh } from "@envoy-mesh-lab/mesh";

/** The versions of what a grade was made on: the programs of the mesh, and the lab's own. */
export function versionsOf(mesh: Pick<Mesh, "services">): Record<string, string> {
  const { version } = JSON.parse(readFileSync(join(repoRoot, "package.json"), "utf8")) as { version: string };
  return {
    lab: version,
    ...Object.fromEntries(mesh.services.map(({ program, version: its }) => [program, its])),
  };
}
