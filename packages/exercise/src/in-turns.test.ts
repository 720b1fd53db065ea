import assert from "node:assert/strict";
import { test } from "node:test";
import { inTurns } from "./in-turns.ts";

test("a few are asked at a time, and all are answered in order", async () => {
  const items = Array.from({ length: 150 }, (_, i) => i);
  let [open, most] = [0, 0];
  const answers = await inTurns(items, async (it) => {
    most = Math.max(most, ++open);
    await new Promise(setImmediate);
    open--;
    return it * 2;
  });
  assert.deepEqual(
    answers,
    items.map((it) => it * 2),
  );
  assert.ok(most > 1 && most <= 16, `${most} at a time`);
});
