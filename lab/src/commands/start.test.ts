import assert from "node:assert/strict";
import { test } from "node:test";
import { isWarm } from "./start.ts";

test("a mesh is warm when its requests become no faster", () => {
  const steady = Array.from({ length: 15 }, () => 10);
  assert.ok(isWarm(steady));
  assert.ok(!isWarm(steady.slice(1)), "too few to tell");
  const falling = Array.from({ length: 20 }, (_, i) => 200 / (i + 1));
  assert.ok(!isWarm(falling));
  assert.ok(isWarm([...falling, ...steady]), "also when it was slow at first");
  assert.ok(isWarm([...steady.slice(0, 14), 90]), "one that was slow by accident");
});
