import assert from "node:assert/strict";
import { test } from "node:test";
import { TimeHistogram } from "./histogram.ts";

test("percentiles are right to three significant figures, from a microsecond to an hour", () => {
  for (const scale of [0.001, 1, 1000, 360_000]) {
    const histogram = new TimeHistogram();
    const values = Array.from({ length: 10_000 }, (_, i) => ((i + 1) * scale) / 1000);
    for (const value of values) {
      histogram.record(value);
    }
    for (const percent of [1, 50, 90, 99, 99.9]) {
      const exact = values[Math.ceil((percent / 100) * values.length) - 1] ?? Number.NaN;
      const error = Math.abs(histogram.percentile(percent) - exact) / exact;
      assert.ok(error < 0.001, `p${percent} of ${scale}: off by ${error}`);
    }
  }
});

test("a summary holds what was recorded, also nothing and zero", () => {
  const histogram = new TimeHistogram();
  assert.equal(histogram.summary(), undefined);
  histogram.record(0);
  histogram.record(2);
  const summary = histogram.summary() ?? assert.fail("there is a summary");
  assert.equal(summary.count, 2);
  assert.ok(Math.abs(summary.mean - 1) < 0.01 && Math.abs(summary.max - 2) < 0.01 && summary.min < 0.001);
});
