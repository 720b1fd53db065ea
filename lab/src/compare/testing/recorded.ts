import { readdirSync } from "node:fs";
import { recordedTraces } from "../../check/testing/recorded-trace.ts";
import type { Trace } from "../../trace/model.ts";

const folder = new URL("../../check/recorded/", import.meta.url);

/** The recorded traces of real meshes, or those of these names; see ../../check/recorded.test.ts. */
export function recorded(...names: string[]): Trace[] {
  const files = names.length === 0 ? readdirSync(folder).map((it) => it.replace(/\.json$/, "")) : names;
  return files.flatMap(recordedTraces);
}
