import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";

/** The repository's mesh with another text in a configuration file, to bring a limit within reach of a small load. */
export interface ChangedMesh {
  /** The compose files. */
  readonly files: readonly string[];
  remove(): void;
}

/**
 * Makes a mesh in which a part's configuration says something else.
 *
 * @param mount where the part expects the file. @param changes what is written in place of what, once each.
 */
export function changeMesh(
  part: string,
  file: string,
  mount: string,
  changes: Readonly<Record<string, string>>,
): ChangedMesh {
  const folder = mkdtempSync(join(tmpdir(), "lab-changed-mesh-"));
  let text = readFileSync(join(repoRoot, file), "utf8");
  for (const [from, to] of Object.entries(changes)) {
    assert.equal(text.split(from).length, 2, `${file} says "${from}" once`);
    text = text.replace(from, to);
  }
  writeFileSync(join(folder, file), text);
  // A volume with the target of one of the repository's takes its place; the others stay.
  const service = { volumes: [`${join(folder, file)}:${mount}:ro`] };
  writeFileSync(join(folder, "compose.yaml"), JSON.stringify({ services: { [part]: service } }));
  return {
    files: [join(repoRoot, "compose.yaml"), join(folder, "compose.yaml")],
    remove: () => rmSync(folder, { recursive: true }),
  };
}
