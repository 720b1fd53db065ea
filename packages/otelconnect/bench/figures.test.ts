import assert from "node:assert/strict";
import { test } from "node:test";
import type { Rounds } from "./figures.ts";
import { medianOf, ratiosOf, verdict } from "./figures.ts";
import { variantNames } from "./variants.ts";

/** Two rounds in whose turns every variant costs what is given, on client and server alike, and anything else costs 100. */
function rounds(costs: Record<string, readonly number[]>): Rounds {
  const entries = variantNames.map((name) => {
    const turns = (costs[name] ?? [100, 100, 100]).map((value) => ({ client: value / 2, server: value / 2 }));
    return [name, [turns, turns]];
  });
  return Object.fromEntries(entries) as Rounds;
}

test("the median of an even number of turns is in the middle of the two", () => {
  assert.equal(medianOf([4, 1, 2, 3]), 2.5);
  assert.equal(medianOf([3, 1, 2]), 2);
  assert.throws(() => medianOf([]), /no turn/);
});

test("ratios are of client and server together, and where nothing varies they are certain", () => {
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
  const certain = (value: number) => ({ value, low: value, high: value });
  assert.deepEqual(ratios, {
    overFloorInCalls: certain(2),
    overFloorInLoop: certain(1.5),
    withMetrics: certain(1.2),
    withoutSdk: certain(1.03),
    perMessageShare: certain(0.05),
    overGrpcInstrumentation: certain(0.5),
    overHttpInstrumentation: certain(0.25),
  });
});

test("a slow turn that falls on both moves nothing, and one that falls on one of them shows in the interval", () => {
  const { overFloorInCalls } = ratiosOf(
    rounds({ h2: [100, 300, 100], h2Traces: [110, 310, 110], h2Floor: [110, 310, 110] }),
  );
  assert.deepEqual(overFloorInCalls, { value: 1, low: 1, high: 1 });
  const { withoutSdk } = ratiosOf(rounds({ h2NoSdk: [101, 101, 300] }));
  assert.equal(withoutSdk.value, 1.01);
  assert.equal(withoutSdk.low, 1.01);
  assert.ok(withoutSdk.high > 1.9);
});

test("a target within the interval is neither kept nor missed", () => {
  assert.equal(verdict({ value: 1, low: 0.9, high: 1.1 }, 1.2), "yes");
  assert.equal(verdict({ value: 1, low: 0.9, high: 1.1 }, 1), "cannot tell");
  assert.equal(verdict({ value: 1, low: 0.9, high: 1.1 }, 0.8), "no");
});
