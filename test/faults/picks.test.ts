import assert from "node:assert/strict";
import { test } from "node:test";
import { randomPicks } from "./picks.ts";

const all = ["a", "b", "c", "d", "e", "f"];
const take = (count: number, seed: number) => {
  const picks = randomPicks(all, seed);
  return Array.from({ length: count }, () => picks.next().value);
};

test("every one is picked once before any is picked again", () => {
  assert.deepEqual(take(6, 1).toSorted(), all);
  assert.deepEqual(take(12, 1).slice(6).toSorted(), all);
});

test("the same seed picks in the same order, another seed in another one", () => {
  assert.deepEqual(take(12, 7), take(12, 7));
  assert.notDeepEqual(take(12, 7), take(12, 8));
});
