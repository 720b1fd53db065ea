import assert from "node:assert/strict";
import { test } from "node:test";
import { exerciseNames, findExercise, verifyExercise } from "@envoy-mesh-lab/exercise";

/** More meshes than are run at a time, so that none of them is waited for alone. */
const meshes = 6;

/**
 * Proves every sixth of the exercises, one after the other in one mesh, as learners go through them: what one leaves behind,
 * the next would show.
 *
 * @param first the place of the first of them, from 1 on.
 */
export function proveEverySixth(first: 1 | 2 | 3 | 4 | 5 | 6): void {
  // Those in Istio are proved in the stage of its name.
  const all = exerciseNames().filter((it) => findExercise(it).mesh === "own");
  const names = all.filter((_, i) => i % meshes === first - 1);
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
