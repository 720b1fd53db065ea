import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { meshFolder } from "../native/mesh-folder.ts";

// In the mesh's folder, so that it goes with the mesh.
const file = (project: string) => join(meshFolder(project).root, "last-trace");

/** Keeps the trace id of the last call, so that `lab trace last` means that call even before Tempo knows it. */
export function rememberTrace(project: string, traceId: string): void {
  mkdirSync(meshFolder(project).root, { recursive: true });
  writeFileSync(file(project), `${traceId}\n`);
}

/** The trace id of the last call; undefined when none was made. */
export function lastTrace(project: string): string | undefined {
  try {
    return readFileSync(file(project), "utf8").trim() || undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}
