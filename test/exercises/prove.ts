import assert from "node:assert/strict";
import { test } from "node:test";
import { exerciseNames, findExercise, verifyExercise } from "@envoy-mesh-lab/exercise";

/** Where the second half begins: each takes about as long as the other. */
const middle = 10;

/**
 * Proves one half of the exercises, one after the other in one mesh, as learners go through them: what one leaves behind,
 * the next would show.
 */
export function proveHalf(half: 1 | 2): void {
  const names = half === 1 ? exerciseNames().slice(0, middle) : exerciseNames().slice(middle);
  for (const name of names) {
    test(name, async (t) => {
      for await (const { claim, ok, seen } of verifyExercise(findExercise(name))) {
        await t.test(claim, () => assert.ok(ok, seen));
      }
    });
  }

  test("there are exercises to prove", () => {
    assert.ok(names.length > 0);
  });
}
