import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repoRoot } from "./paths.ts";

// Beside the meshes' own folders, so that it also works when the mesh runs in Docker.
const folder = join(repoRoot, ".lab");
const file = join(folder, "last-trace");

/** Keeps the trace id of the last call, so that `lab trace last` means that call even before Tempo knows it. */
export function rememberTrace(traceId: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${traceId}\n`);
}

/** The trace id of the last call; undefined when none was made. */
export function lastTrace(): string | undefined {
  try {
    return readFileSync(file, "utf8").trim() || undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}
