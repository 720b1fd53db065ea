import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { meshFolder } from "../native/mesh-folder.ts";

/** The trace of a call that `lab` made. */
export interface LastTrace {
  traceId: string;
  /** The base URL that was called. */
  edge: string;
  /** When the call was answered, in milliseconds since 1970. */
  atMs: number;
}

// In the mesh's folder, so that it goes with the mesh.
const file = (project: string) => join(meshFolder(project).root, "last-trace");

/** Keeps which trace a call made, so that `lab trace last` finds it even before Tempo knows it. */
export function rememberTrace(project: string, { traceId, edge, atMs }: LastTrace): void {
  mkdirSync(meshFolder(project).root, { recursive: true });
  writeFileSync(file(project), `${traceId} ${atMs} ${edge}\n`);
}

/** The trace of the last call that `lab` made; undefined when it made none, or the file is of an older `lab`. */
export function rememberedTrace(project: string): LastTrace | undefined {
  try {
    const [, traceId, at, edge] =
      /^([0-9a-f]{32}) (\d+) (\S+)\n$/.exec(readFileSync(file(project), "utf8")) ?? [];
    return traceId && at && edge ? { traceId, edge, atMs: Number(at) } : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}
