import { readdirSync } from "node:fs";
import type { Trace } from "@envoy-mesh-lab/trace";
import { recordedFolder, recordedTraces } from "@envoy-mesh-lab/trace/testing";

/** The recorded traces of real meshes, or those of these names; packages/check holds what is wrong in each. */
export function recorded(...names: string[]): Trace[] {
  const files =
    names.length === 0 ? readdirSync(recordedFolder).map((it) => it.replace(/\.json$/, "")) : names;
  return files.flatMap(recordedTraces);
}
