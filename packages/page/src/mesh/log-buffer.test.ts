import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { addLines, emptyLog } from "./log-buffer.ts";

suite("the end of a log", () => {
  test("keeps its newest lines, and their numbers", () => {
    let log = addLines(emptyLog, ["a", "b"], 3);
    assert.deepEqual(log, { lines: ["a", "b"], first: 0, skipped: 3 });
    for (let i = 0; i < 100; i++)
      log = addLines(
        log,
        Array.from({ length: 100 }, (_, n) => `${i} ${n}`),
        0,
      );
    assert.equal(log.lines.length, 2_000);
    assert.equal(log.first, 8_002);
    assert.equal(log.lines.at(-1), "99 99");
  });
});
