import assert from "node:assert/strict";
import { test } from "node:test";
import { gradeAnswers } from "./answer-values.ts";

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
