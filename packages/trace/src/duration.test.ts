import assert from "node:assert/strict";
import { test } from "node:test";
import { inUnits } from "./duration.ts";

test("a duration is told in the unit that fits", () => {
  const cases: [number, string][] = [
    [0, "0 ns"],
    [850, "850 ns"],
    [1_499, "1 µs"],
    [420_000, "420 µs"],
    [999_499, "999 µs"],
    [999_500, "1.00 ms"],
    [15_530_000, "15.53 ms"],
    [999_994_000, "999.99 ms"],
    [999_996_000, "1.00 s"],
    [44_000_000_000, "44.00 s"],
    [-2_500_000, "-2.50 ms"],
  ];
  for (const [ns, words] of cases) assert.equal(inUnits(ns), words);
});
