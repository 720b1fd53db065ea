import { readdirSync } from "node:fs";
import { readTraceFile } from "../../load-trace.ts";
import type { Trace } from "../../trace/model.ts";

const folder = new URL("../../check/recorded/", import.meta.url).pathname;

/** The recorded traces of real meshes, or those of these names; see ../../check/recorded.test.ts. */
export function recorded(...names: string[]): Trace[] {
  const files = names.length === 0 ? readdirSync(folder) : names.map((it) => `${it}.json`);
  return files.map((it) => readTraceFile(`${folder}${it}`));
}
