import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDuration } from "./parse-duration.ts";

test("parseDuration reads what Docker Compose reads", () => {
  const cases: [string, number | undefined][] = [
    ["10s", 10_000],
    ["1m30s", 90_000],
    ["1.5s", 1_500],
    ["200ms", 200],
    ["1h", 3_600_000],
    ["0", 0],
    ["0s", 0],
    ["", undefined],
    ["10", undefined],
    ["10 s", undefined],
    ["s", undefined],
    ["-1s", undefined],
    ["1s x", undefined],
  ];
  for (const [text, expected] of cases) {
    assert.equal(parseDuration(text), expected, text);
  }
});
