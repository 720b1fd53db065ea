import assert from "node:assert/strict";
import { test } from "node:test";
import type { Rounds } from "./figures.ts";
import { ratiosOf, spreadOf } from "./figures.ts";
import { variantNames } from "./variants.ts";

/** Rounds in which every variant costs what is given, on client and server alike, and anything else costs 100. */
function rounds(costs: Record<string, readonly number[]>): Rounds {
  const entries = variantNames.map((name) => {
    const values = costs[name] ?? [100, 100, 100];
    return [name, values.map((value) => ({ client: value / 2, server: value / 2 }))];
  });
  return Object.fromEntries(entries) as Rounds;
}

test("the median of an even number of rounds is in the middle of the two", () => {
  assert.deepEqual(spreadOf([4, 1, 2, 3]), { median: 2.5, min: 1, max: 4 });
  assert.deepEqual(spreadOf([3, 1, 2]), { median: 2, min: 1, max: 3 });
  assert.throws(() => spreadOf([]), /no round/);
});

test("ratios are of client and server together", () => {
  const ratios = ratiosOf(
    rounds({
      h1Traces: [110, 110, 110],
      h1Http: [140, 140, 140],
      h2NoSdk: [103, 103, 103],
      h2Traces: [112, 112, 112],
      h2Metrics: [120, 120, 120],
      h2Floor: [106, 106, 106],
      grpcTraces: [124, 124, 124],
      streamTraces: [105, 105, 105],
      floor: [10, 10, 10],
      loop: [15, 15, 15],
    }),
  );
  assert.equal(ratios.overFloor.median, 1.2);
  assert.equal(ratios.overFloorInCalls.median, 2);
  assert.equal(ratios.overFloorInLoop.median, 1.5);
  assert.equal(ratios.overGrpcInstrumentation.median, 0.5);
  assert.equal(ratios.overHttpInstrumentation.median, 0.25);
  assert.equal(ratios.withMetrics.median, 1.2);
  assert.equal(ratios.noSdkShare.median, 0.03);
  assert.equal(ratios.perMessageShare.median, 0.05);
});

test("a slow round does not move a ratio, and shows in its spread", () => {
  const { noSdkShare } = ratiosOf(rounds({ h2: [100, 300, 100], h2NoSdk: [102, 330, 102] }));
  assert.equal(noSdkShare.median, 0.02);
  assert.deepEqual([noSdkShare.min, noSdkShare.max], [0.02, 0.1]);
});
