import assert from "node:assert/strict";
import { test } from "node:test";
import { gradeKept, idsOf } from "./kept.ts";

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

test("a call that a busy machine made slow is not one of the quick ones", () => {
  const calls = [{ traceId: "a", durationMs: 12 }, { traceId: "b", durationMs: 300 }, { durationMs: 8 }];
  assert.deepEqual(idsOf(calls, 300), ["a"]);
  assert.deepEqual(idsOf(calls, Number.MAX_SAFE_INTEGER), ["a", "b"]);
});
