import assert from "node:assert/strict";
import { test } from "node:test";
import { LabError } from "@envoy-mesh-lab/trace";
import { gradeKept, sendEnough } from "./kept.ts";

const ids = ["a", "b", "c"];

test("traces that should have been kept are named, and those that should not have been", () => {
  const few = gradeKept("orders that fail", { min: 3, max: 3 }, ids, ["b"]);
  assert.deepEqual(few.faults, [{ code: "kept.few", edge: "orders that fail" }]);
  assert.deepEqual(few.traceIds, ["a", "c"]);
  const many = gradeKept("quick orders", { max: 1 }, ids, ["a", "b"]);
  assert.deepEqual(many.faults, [{ code: "kept.many", edge: "quick orders" }]);
  assert.deepEqual(many.traceIds, ["a", "b"]);
});

test("as many as wanted pass", () => {
  const grade = gradeKept("quick orders", { max: 1 }, ids, ["a"]);
  assert.equal(grade.ok, true);
  assert.equal(grade.expectation, "of 3 quick orders, at most 1 are kept");
});

test("in the place of a call that a busy machine made slow another one is made", async () => {
  const asked: number[] = [];
  const calls = await sendEnough(3, 300, async (number) => {
    asked.push(number);
    return Array.from({ length: number }, (_, i) => ({ durationMs: i === 0 ? 300 : 12 }));
  }).catch((error: unknown) => error);
  assert.ok(calls instanceof LabError);
  assert.match(calls.message, /only 2 of 3 calls took less than 300 ms/);
  assert.deepEqual(asked, [3, 1, 1, 1, 1, 1]);
  let isBusy = true;
  const fast = await sendEnough(3, 300, async (number) => {
    const durationMs = isBusy ? 301 : 299;
    isBusy = false;
    return Array.from({ length: number }, () => ({ durationMs }));
  });
  assert.equal(fast.length, 3);
});
