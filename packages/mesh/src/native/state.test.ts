import assert from "node:assert/strict";
import { test } from "node:test";
import { identify } from "./processes.ts";
import { meshStateSchema } from "./state.ts";

test("a mesh of lab 0.1.0, which told its processes apart without their boot, is still known", {
  skip: process.platform !== "linux" && "start times are dates here",
}, () => {
  const self = identify(process.pid);
  const ticks = self?.startTime.split(":")[1] ?? "";
  const state = { project: "p", runId: "r", files: [], parts: [] };
  const read = (startTime: string) =>
    meshStateSchema.parse({ ...state, supervisor: { pid: process.pid, startTime } }).supervisor;
  assert.match(ticks, /^\d+$/);
  assert.deepEqual(read(ticks), self);
  assert.deepEqual(read(self?.startTime ?? ""), self);
});
