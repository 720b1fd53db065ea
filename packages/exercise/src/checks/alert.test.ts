import assert from "node:assert/strict";
import { test } from "node:test";
import { gradeAlert } from "./alert.ts";

/** Grades calls of which a query has found so many spans each. */
function grade(wanted: number, ...spans: number[]) {
  const it = { name: "an order", traffic: {} as never, spans: wanted };
  const traces = spans.map((count, i) => ({ traceId: `trace ${i}`, spans: count }));
  const [item] = gradeAlert([{ it, traces }]);
  assert.ok(item);
  return { ...item, codes: item.faults.map(({ code, edge }) => `${code} at ${edge}`) };
}

test("an alert that finds each failure by one span, and no other call, is right", () => {
  assert.equal(grade(1, 1, 1).ok, true);
  assert.equal(grade(0, 0).ok, true);
});

test("a failure that is not found is reported, also when others of its kind are", () => {
  assert.deepEqual(grade(1, 1, 0).codes, ["alert.silent at an order"]);
  assert.deepEqual(grade(1, 1, 0).traceIds, ["trace 1"]);
  assert.deepEqual(grade(2, 1).codes, ["alert.silent at an order"]);
});

test("a failure that is counted twice, and an alert for nothing, are told apart", () => {
  assert.deepEqual(grade(1, 2).codes, ["alert.repeated at an order"]);
  assert.match(grade(1, 2).seen, /^found by 2 spans$/);
  assert.deepEqual(grade(0, 1).codes, ["alert.false at an order"]);
  assert.match(grade(0, 1).seen, /^found by 1 span$/);
});
