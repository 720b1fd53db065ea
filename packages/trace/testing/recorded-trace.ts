import assert from "node:assert/strict";
import { join } from "node:path";
import { readFileNow } from "../src/input/read-inputs.ts";
import type { Trace } from "../src/model.ts";
import { recordedFolder } from "./places.ts";

/** The traces of a file in ../recorded/broken-meshes, which were taken from real meshes (test/recorded/record.ts). */
export function recordedTraces(name: string): Trace[] {
  return readFileNow(join(recordedFolder, `${name}.json`), { notice: assert.fail });
}

/** The trace of a file in ../recorded/broken-meshes that holds only one. */
export function recordedTrace(name: string): Trace {
  const [trace, ...others] = recordedTraces(name);
  assert.ok(trace && others.length === 0, `${name} holds one trace`);
  return trace;
}
