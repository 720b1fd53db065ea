import assert from "node:assert/strict";
import { test } from "node:test";
import type { Span } from "@envoy-mesh-lab/trace";
import { durationNs } from "@envoy-mesh-lab/trace";
import { makeTrace } from "@envoy-mesh-lab/trace/testing";
import fc from "fast-check";
import { fates } from "./critical-path.ts";
import type { Decomposition } from "./decompose.ts";
import { Decomposer, decompose } from "./decompose.ts";
import { hopKey } from "./hop.ts";
import { syntheticApp, world } from "./testing/any-call.ts";
import { damagedTrace } from "./testing/damaged-trace.ts";
import { byKey, span } from "./testing/made-span.ts";
import { skewed, wildTrace } from "./testing/random-trace.ts";
import type { Sort } from "./testing/sorts.ts";
import { sortsOf } from "./testing/sorts.ts";
import { isProxys, synthesize, withSpans } from "./testing/synthetic.ts";

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
    ...(["proxies of several makes", "several clocks", "a message between two clocks"] as const),
  ]) {
    assert.ok(share(sort) > 0.04, `${sort}: ${share(sort)}`);
  }
  const divided = traces.map((it) => decompose(it).parts.length);
  assert.ok(divided.filter((it) => it > 1).length > 0.4 * traces.length);
});

/** What must not change: everything but the order in which parts were met. */
function facts({ totalNs, parts, untilLast, notes }: Decomposition): unknown {
  return {
    totalNs,
    notes,
    parts: sorted(parts),
    lastNs: untilLast?.totalNs,
    untilLast: sorted(untilLast?.parts ?? []),
  };
}

function sorted(parts: Decomposition["parts"]): string[] {
  return parts.map(({ hop, ns }) => `${hopKey(hop)}: ${ns}`).sort();
}

test("the parts add up to the end-to-end time, and each is a whole number of nanoseconds above 0", () => {
  fc.assert(
    fc.property(anyTrace, (trace) => {
      const { decomposition, index } = new Decomposer().detail(trace);
      const { totalNs, parts, top } = decomposition;
      const first = index.spans[top];
      assert.ok(first);
      assert.equal(totalNs, Math.min(Math.max(Number(durationNs(first)), 0), 2 ** 52));
      assert.equal(
        parts.reduce((sum, it) => sum + it.ns, 0),
        totalNs,
      );
      const { untilLast } = decomposition;
      assert.equal(
        untilLast?.parts.reduce((sum, it) => sum + it.ns, 0),
        untilLast?.totalNs,
      );
      assert.ok(untilLast === undefined || untilLast.totalNs > totalNs);
      for (const { hop, ns } of [...parts, ...(untilLast?.parts ?? [])]) {
        assert.ok(Number.isSafeInteger(ns) && ns > 0, `${hopKey(hop)}: ${ns}`);
      }
    }),
    runs,
  );
});

test("each hop is reported once", () => {
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

/** Constants to add to clocks, in ns: some, hours, or years. */
const offsets = fc.array(
  fc.oneof(
    fc.bigInt({ min: -5000n, max: 5000n }),
    fc.bigInt({ min: -1_600_000_000_000_000_000n, max: 1_600_000_000_000_000_000n }),
  ),
  { minLength: 12, maxLength: 12 },
);

test("a constant added to all times of one clock changes nothing, be it hours or years", () => {
  fc.assert(
    fc.property(anyTrace, offsets, (trace, by) => {
      const [before, after] = [decompose(trace), decompose(skewed(trace, by))];
      const isQueued = before.notes.unseenQueue + before.notes.queued > 0;
      assert.deepEqual(
        isQueued ? untilAnswer(after) : apartFromClocks(after),
        isQueued ? untilAnswer(before) : apartFromClocks(before),
      );
    }),
    runs,
  );
});

/** What is told of a trace but for how its clocks lie to each other, which is all that a constant changes. */
function apartFromClocks(decomposition: Decomposition): unknown {
  const { outside, outsideNs, ...notes } = decomposition.notes;
  return facts({ ...decomposition, notes: { ...notes, outside: 0, outsideNs: 0 } });
}

/** What two clocks have no part in, even where messages are taken up on another one than they were sent by. */
function untilAnswer({ totalNs, parts, notes }: Decomposition): unknown {
  const { unseenQueue, queued, queuedNs, outside, outsideNs, ...others } = notes;
  return { totalNs, parts: sorted(parts), others, messages: unseenQueue + queued };
}

test("of a message between two clocks, a constant added to one changes for how long it lay, and nothing else", () => {
  const message = (by: number) =>
    makeTrace(
      span("1", undefined, "server", [0, 20e6]),
      span("2", "1", "producer", [10e6, 15e6]),
      span("3", "2", "consumer", [120e6 + by, 200e6 + by], { service: "b" }),
    );
  for (const ms of [0, 40, -40, -100]) {
    const { untilLast } = decompose(message(ms * 1e6));
    const parts = byKey(untilLast?.parts ?? []);
    // Not before it was sent: 105 ms after, or less if the clock is behind.
    const lay = 105e6 + ms * 1e6;
    assert.deepEqual(parts, { "app a": 10e6, "client a": 5e6, "waiting a \u2192 b": lay, "app b": 80e6 });
    assert.equal(untilLast?.totalNs, 95e6 + lay);
  }
  const { untilLast, notes } = decompose(message(-500e6));
  assert.deepEqual(byKey(untilLast?.parts ?? []), { "app a": 10e6, "app b": 80e6 });
  assert.equal(notes.unseenQueue, 1);
});

test("stretches lie end to end over the whole time, and add up to the parts, in both views", () => {
  fc.assert(
    fc.property(anyTrace, (trace) => {
      const decomposer = new Decomposer();
      const detail = decomposer.detail(trace);
      const { totalNs, parts, untilLast } = detail.decomposition;
      for (const [until, view] of [
        ["answer", { totalNs, parts }],
        ["last", untilLast],
      ] as const) {
        if (view === undefined) continue;
        const sums = new Map<string, number>();
        let end = 0;
        for (const { from, to, hop } of decomposer.segments(detail, until)) {
          assert.equal(from, end);
          assert.ok(to > from);
          end = to;
          sums.set(hopKey(hop), (sums.get(hopKey(hop)) ?? 0) + to - from);
        }
        assert.equal(end, view.totalNs);
        assert.deepEqual([...sums].map(([key, ns]) => `${key}: ${ns}`).sort(), sorted(view.parts));
      }
    }),
    runs,
  );
});

test("an INTERNAL span more in an app, below any span and at any time, changes nothing until the answer", () => {
  const where = fc.record({
    at: fc.nat({ max: 1000 }),
    from: fc.nat({ max: 900 }),
    took: fc.nat({ max: 900 }),
  });
  fc.assert(
    fc.property(anyTrace, where, (trace, { at, from, took }) => {
      const parent = trace.spans[at % trace.spans.length] as Span;
      const added: Span = {
        ...parent,
        spanId: "ffffffffffffffff",
        parentSpanId: parent.spanId,
        kind: "internal",
        startNs: parent.startNs + BigInt(from),
        endNs: parent.startNs + BigInt(from + took),
      };
      fc.pre(!isProxys(parent));
      // One span more may make another of several trees the largest.
      fc.pre(trace.spans.filter((it) => it.parentSpanId === undefined).length === 1);
      const before = decompose(trace);
      const after = decompose({ ...trace, spans: [...trace.spans, added] });
      assert.deepEqual(sorted(after.parts), sorted(before.parts));
    }),
    runs,
  );
});

test("an INTERNAL span around all that an app does, or around a call of it, changes nothing", () => {
  fc.assert(
    fc.property(syntheticApp, world, fc.nat({ max: 1000 }), (app, clocks, at) => {
      const { trace } = synthesize(app, clocks);
      const ofApps = trace.spans.filter((it) => !isProxys(it));
      const around = ofApps[at % ofApps.length] as Span;
      const added: Span = {
        ...around,
        spanId: "ffffffffffffffff",
        parentSpanId: around.spanId,
        kind: "internal",
      };
      const spans = trace.spans.map((it) =>
        it.parentSpanId === around.spanId ? { ...it, parentSpanId: added.spanId } : it,
      );
      const before = decompose(trace);
      const after = decompose({ ...trace, spans: [...spans, added] });
      assert.deepEqual(facts(after), facts(before));
    }),
    { numRuns: 500 },
  );
});

test("a proxy that makes two spans instead of one refines its own time and the leg after it, and no other", () => {
  fc.assert(
    fc.property(syntheticApp, world, (app, clocks) => {
      const once = decompose(synthesize(withSpans(app, "one"), clocks).trace);
      const twice = decompose(synthesize(withSpans(app, "two"), clocks).trace);
      const ofOthers = ({ parts }: Decomposition) =>
        sorted(
          parts.filter(
            ({ hop }) => (hop.role === "app" && !hop.from.includes("(no span)")) || hop.role === "client",
          ),
        );
      assert.deepEqual(ofOthers(twice), ofOthers(once));
      assert.equal(twice.totalNs, once.totalNs);
      assert.ok(twice.parts.every(({ hop }) => hop.role !== "mixed"));
    }),
    { numRuns: 500 },
  );
});

test("a call's time is never lost: it is on the path, or it is told, itself or the call around it", () => {
  fc.assert(
    fc.property(anyTrace, (trace) => {
      const { placement, fate, decomposition } = new Decomposer().detail(trace);
      const { firstCall, nextCall, head } = placement.activities;
      const { notes, top } = decomposition;
      const open: [call: number, isTold: boolean][] = [[top, false]];
      let heads = 0;
      let told = 0;
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        const [at, aroundIsTold] = next;
        const isTold = aroundIsTold || fate[at] === fates.beside || fate[at] === fates.notWaitedFor;
        heads++;
        if (!aroundIsTold && isTold) told++;
        assert.equal(fate[at] === fates.onPath, !isTold);
        for (let it = firstCall[at] as number; it >= 0; it = nextCall[it] as number) open.push([it, isTold]);
      }
      assert.equal(told, notes.beside + notes.asynchronous);
      assert.equal(heads, placement.order.filter((it) => head[it] === it).length);
    }),
    runs,
  );
});

test("every span is either in the tree or told as detached", () => {
  fc.assert(
    fc.property(anyTrace, (trace) => {
      const { notes } = decompose(trace);
      assert.ok(notes.detached >= 0 && notes.detached < trace.spans.length);
      // The span that steps were made in is on the path too, and is none of the trace's.
      const inTree = trace.spans.length - notes.detached + (notes.joined > 0 ? 1 : 0);
      assert.ok(notes.onPath >= 1 && notes.onPath <= inTree);
    }),
    runs,
  );
});
