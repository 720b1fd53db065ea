import assert from "node:assert/strict";
import { test } from "node:test";
import { exerciseNames, findExercise, verifyExercise } from "@envoy-mesh-lab/exercise";

// One after the other in one mesh, as learners go through them: what one leaves behind, the next would show.
for (const name of exerciseNames()) {
  test(name, async (t) => {
    for await (const { claim, ok, seen } of verifyExercise(findExercise(name))) {
      await t.test(claim, () => assert.ok(ok, seen));
    }
  });
}

test("there are exercises to prove", () => {
  assert.ok(exerciseNames().length > 0);
});
