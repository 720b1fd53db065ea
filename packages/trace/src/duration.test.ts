import assert from "node:assert/strict";
import { test } from "node:test";
import { duration } from "./duration.ts";

test("a duration is reported with three digits in the unit that fits", () => {
  const cases: [number, string][] = [
    [0, "0 ns"],
    [850, "850 ns"],
    [999, "999 ns"],
    [1_000, "1.00 µs"],
    [12_345, "12.3 µs"],
    [420_000, "420 µs"],
    [999_499, "999 µs"],
    [999_500, "1.00 ms"],
    [4_560_000, "4.56 ms"],
    [15_530_000, "15.5 ms"],
    [999_499_999, "999 ms"],
    [999_500_000, "1.00 s"],
    [1_230_000_000, "1.23 s"],
    [44_000_000_000, "44.0 s"],
    [-1_500, "-1.50 µs"],
    [-2_500_000, "-2.50 ms"],
  ];
  for (const [ns, words] of cases) assert.equal(duration(ns), words);
});
