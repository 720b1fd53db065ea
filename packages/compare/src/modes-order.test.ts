import assert from "node:assert/strict";
import { test } from "node:test";
import { interleave } from "./modes-order.ts";
import { modeNames } from "./modes-table.ts";
import { seededRandom } from "./random.ts";

test("each round makes one call in each mode, and the warm-up's rounds are negative", () => {
  const turns = interleave(modeNames, 50, 4, seededRandom(7));
  assert.equal(turns.length, 54 * 3);
  const byRound = Map.groupBy(turns, (it) => it.round);
  assert.deepEqual(
    [...byRound.keys()],
    [...Array(54).keys()].map((it) => it - 4),
  );
  for (const round of byRound.values()) {
    assert.deepEqual(round.map((it) => it.mode).sort(), [...modeNames].sort());
  }
});

test("the order is the same for the same seed, and another for another", () => {
  const of = (seed: number) => JSON.stringify(interleave(modeNames, 50, 0, seededRandom(seed)));
  assert.equal(of(1), of(1));
  assert.notEqual(of(1), of(2));
});

test("every order is about as frequent as every other", () => {
  const orders = Map.groupBy(
    Map.groupBy(interleave(modeNames, 6000, 0, seededRandom(3)), (it) => it.round).values(),
    (round) => round.map((it) => it.mode).join(),
  );
  const counts = [...orders.values()].map((it) => it.length);
  assert.equal(counts.length, 6);
  // 1000 each; five standard deviations are 144.
  assert.ok(
    counts.every((it) => it > 850 && it < 1150),
    counts.join(),
  );
});
