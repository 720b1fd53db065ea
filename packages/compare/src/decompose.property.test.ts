import assert from "node:assert/strict";
import { test } from "node:test";
import { durationNs } from "@envoy-mesh-lab/trace";
import fc from "fast-check";
import { Decomposer, type Decomposition, decompose } from "./decompose.ts";
import { hopKey } from "./hop.ts";
import { damagedTrace } from "./testing/damaged-trace.ts";
import { skewed, wildTrace } from "./testing/random-trace.ts";
import { type Sort, sortsOf } from "./testing/sorts.ts";

const runs = { numRuns: 2000 };

const anyTrace = fc.oneof(wildTrace, damagedTrace);

test("the traces that all of this is held against are of every sort", () => {
  const traces = fc.sample(anyTrace, { numRuns: 1000, seed: 5 });
  const sorts = traces.map(sortsOf);
  const share = (sort: Sort) => sorts.filter((it) => it.has(sort)).length / traces.length;
  for (const sort of [
    ...(["a retry", "parallel calls", "a stream", "a child that nobody waits for"] as const),
    ...(["a child that outlives its parent", "a span that ends before it starts", "several roots"] as const),
    ...([
      "no root",
      "a missing parent",
      "an answer longer than its call",
      "more than five spans on the path",
    ] as const),
  ]) {
    assert.ok(share(sort) > 0.04, `${sort}: ${share(sort)}`);
  }
  const divided = traces.map((it) => decompose(it).parts.length);
  assert.ok(divided.filter((it) => it > 1).length > 0.4 * traces.length);
});

/** What must not change: everything but the order in which parts were met. */
function facts({ totalNs, parts, notes }: Decomposition): unknown {
  return {
    totalNs,
    notes,
    parts: parts.map(({ hop, ns }) => `${hopKey(hop)}: ${ns}`).sort(),
  };
}

test("the parts add up to the end-to-end time, and each is a whole number of nanoseconds above 0", () => {
  fc.assert(
    fc.property(anyTrace, (trace) => {
      const { decomposition, index } = new Decomposer().detail(trace);
      const { totalNs, parts, top } = decomposition;
      const span = index.spans[top];
      assert.ok(span);
      assert.equal(totalNs, Math.min(Math.max(Number(durationNs(span)), 0), 2 ** 52));
      assert.equal(
        parts.reduce((sum, it) => sum + it.ns, 0),
        totalNs,
      );
      for (const { hop, ns } of parts) {
        assert.ok(Number.isSafeInteger(ns) && ns > 0, `${hopKey(hop)}: ${ns}`);
      }
    }),
    runs,
  );
});

test("each hop is told once", () => {
  fc.assert(
    fc.property(anyTrace, (trace) => {
      const keys = decompose(trace).parts.map((it) => hopKey(it.hop));
      assert.equal(new Set(keys).size, keys.length);
    }),
    runs,
  );
});

test("the order of the spans changes nothing", () => {
  fc.assert(
    fc.property(
      anyTrace.chain((trace) =>
        fc.tuple(fc.constant(trace), fc.shuffledSubarray(trace.spans, { minLength: trace.spans.length })),
      ),
      ([trace, spans]) => {
        assert.deepEqual(facts(decompose({ ...trace, spans })), facts(decompose(trace)));
      },
    ),
    runs,
  );
});

test("a constant added to all times of one clock changes nothing, be it hours or years", () => {
  const offset = fc.oneof(
    fc.bigInt({ min: -5000n, max: 5000n }),
    fc.bigInt({ min: -1_600_000_000_000_000_000n, max: 1_600_000_000_000_000_000n }),
  );
  fc.assert(
    fc.property(anyTrace, fc.array(offset, { minLength: 12, maxLength: 12 }), (trace, offsets) => {
      assert.deepEqual(facts(decompose(skewed(trace, offsets))), facts(decompose(trace)));
    }),
    runs,
  );
});

test("every span is either in the tree or told as detached", () => {
  fc.assert(
    fc.property(anyTrace, (trace) => {
      const { notes } = decompose(trace);
      assert.ok(notes.detached >= 0 && notes.detached < trace.spans.length);
      assert.ok(notes.onPath >= 1 && notes.onPath <= trace.spans.length - notes.detached);
    }),
    runs,
  );
});
