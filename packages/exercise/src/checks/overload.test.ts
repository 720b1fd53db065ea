import assert from "node:assert/strict";
import { test } from "node:test";
import { indexTrace } from "@envoy-mesh-lab/trace";
import { drawnTrace } from "@envoy-mesh-lab/trace/testing";
import { gradeAtOnce, gradeEnds } from "./overload.ts";

const ends = (number: { min?: number; max?: number }, ...codes: string[]) =>
  gradeEnds(
    "ok",
    { code: "unavailable", number },
    codes.map((code) => ({ code })),
  ).flatMap(({ faults }) => faults.map((it) => it.code));

test("a call that is served, or turned away as it should be, is right; any other is not", () => {
  assert.deepEqual(ends({ min: 1 }, "ok", "unavailable"), []);
  assert.deepEqual(ends({ min: 1 }, "ok", "unavailable", "internal"), ["call.code"]);
});

test("that none is turned away is reported, and so is that too many are", () => {
  assert.deepEqual(ends({ min: 1 }, "ok", "ok"), ["overload.few"]);
  assert.deepEqual(ends({ max: 1 }, "unavailable", "unavailable"), ["overload.many"]);
});

test("spans are counted that are open together, in all traces", () => {
  const orders = (...times: string[]) =>
    times.map((time, i) => indexTrace(drawnTrace(`kitchen SERVER ${time}`, `${i + 1}`.padStart(32, "0"))));
  const atOnce = (max: number, ...times: string[]) =>
    gradeAtOnce(orders(...times), { of: "orders", where: { service: "kitchen" }, max });
  assert.equal(atOnce(2, "0-10", "5-15", "10-20").ok, true, "one ends as the third begins");
  const three = atOnce(2, "0-10", "5-15", "9-20");
  assert.deepEqual(
    [three.ok, three.seen, three.faults],
    [false, "3", [{ code: "spans.at-once", edge: "orders" }]],
  );
  assert.equal(gradeAtOnce([], { of: "orders", where: {}, max: 1 }).ok, true);
});
