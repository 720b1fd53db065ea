import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff, delayAfter } from "./backoff.ts";

test("each wait is twice the one before, up to a limit, however often it failed", () => {
  assert.equal(delayAfter(1, 1), backoff.firstMs);
  assert.equal(delayAfter(2, 1), 2 * backoff.firstMs);
  for (const failures of [20, 1_000, 1_000_000]) assert.equal(delayAfter(failures, 1), backoff.lastMs);
});

test("no two pages wait equally long, and none half as long as it should", () => {
  assert.equal(delayAfter(1, 0), backoff.firstMs / 2);
  assert.ok(delayAfter(3, 0.2) < delayAfter(3, 0.7));
});
