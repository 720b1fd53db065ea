import assert from "node:assert/strict";
import { test } from "node:test";
import { trafficSchema } from "../traffic.ts";
import { answersOf, gradeAnswers, gradeStreams } from "./answer-values.ts";

const menu = {
  $typeName: "x",
  drinks: [
    { name: "tea", price: 260n },
    { name: "chai", price: 360 },
  ],
};

test("an answer has to hold every value, in whatever field, and an empty one does not", () => {
  const grade = (...responses: unknown[]) =>
    gradeAnswers("menu", ["tea", 260, "chai", 360], [{ responses }])[0];
  assert.equal(grade(menu)?.ok, true);
  assert.equal(grade({ $typeName: "x", drinks: [] })?.seen, "one lacks tea, 260, chai, 360");
  assert.equal(grade()?.ok, false);
  assert.equal(grade({ text: "tea 260 chai 360" })?.ok, false, "values, and not parts of a text");
  assert.deepEqual(gradeAnswers("menu", [], [{ responses: [] }]), []);
});

test("a good answer of the lab's own RPCs names the drink, and one that has to fail need not", () => {
  const traffic = (it: object) => trafficSchema.parse({ drink: "chai", ...it });
  assert.deepEqual(answersOf(traffic({ rpc: "OrderDrink" })), ["chai"]);
  assert.deepEqual(answersOf(traffic({ rpc: "WatchOrder" })), []);
  assert.deepEqual(answersOf(traffic({ backend: { fail: "unavailable" }, code: "unavailable" })), []);
});

test("a stream whose messages come all at its end is reported, and one that lacks some", () => {
  const traffic = trafficSchema.parse({ rpc: "WatchOrder", messages: 4, backend: { workMs: 50 } });
  const grade = (firstMessageMs: number, count = 4) =>
    gradeStreams("a stream", traffic, [
      { responses: Array(count).fill({}), durationMs: 210, firstMessageMs },
    ])[0];
  assert.equal(grade(55)?.ok, true);
  assert.deepEqual(grade(205)?.faults, [{ code: "call.late", edge: "a stream" }]);
  assert.equal(grade(55, 3)?.seen, "one has 3");
});
