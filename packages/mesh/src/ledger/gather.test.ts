import assert from "node:assert/strict";
import { test } from "node:test";
import { sumCounts } from "./gather.ts";

test("what several instances of a part count is added up, and nothing where none answers", () => {
  const counts = (sent: number) => ({ sent, dropped: 1, exportsFailed: 0 });
  assert.deepEqual(sumCounts([counts(2), counts(3)]), { sent: 5, dropped: 2, exportsFailed: 0 });
  assert.deepEqual(sumCounts([counts(2)]), counts(2));
  assert.equal(sumCounts([]), undefined);
});
