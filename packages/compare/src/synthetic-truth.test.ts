import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decompose } from "./decompose.ts";
import { hopKey } from "./hop.ts";
import { syntheticApp, world } from "./testing/any-call.ts";
import { synthesize } from "./testing/synthetic.ts";

test("known times of apps, proxies and legs are recovered to the nanosecond, whatever the clocks say", () => {
  fc.assert(
    fc.property(syntheticApp, world, (app, clocks) => {
      const { trace, truth, totalNs } = synthesize(app, clocks);
      const found = decompose(trace);
      assert.equal(found.totalNs, totalNs);
      const parts = new Map(found.parts.map(({ hop, ns }) => [hopKey(hop), ns]));
      assert.deepEqual([...parts].sort(), [...truth].sort());
      assert.equal(found.notes.excessNs, 0);
    }),
    { numRuns: 1000 },
  );
});
