import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import type { Edit } from "./edit.ts";
import { applyEdit } from "./edit.ts";

/** The files of the release that incidents happen to: the mesh's own configurations, and services of its own. */
const configurations = ["envoy/edge.yaml", "envoy/gateway.yaml", "envoy/backend.yaml", "otel-collector.yaml"];
const sources = [
  "gateway/src/main.ts",
  "gateway/src/kitchen-calls.ts",
  "gateway/src/patience.ts",
  "backend/src/main.ts",
  "backend/src/brewing.ts",
];
export const releaseFiles: readonly string[] = [...configurations, ...sources];

/** The text of a file of the release as it should be. */
function textOf(file: string): string {
  const folder = sources.includes(file) ? join(repoRoot, "incidents") : repoRoot;
  return readFileSync(join(folder, file), "utf8");
}

/** A release with changes, by file. */
export function release(edits: readonly Edit[]): Map<string, string> {
  return new Map(
    releaseFiles.map((file) => [
      file,
      edits.filter((it) => it.file === file).reduce((text, it) => applyEdit(text, it), textOf(file)),
    ]),
  );
}

/** Writes files of a release into a folder. */
export function writeRelease(folder: string, files: ReadonlyMap<string, string>): void {
  for (const [file, text] of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
}

/** Copies a release as somebody left it. */
export function copyRelease(from: string, to: string): void {
  for (const file of releaseFiles) cpSync(join(from, file), join(to, file));
}
