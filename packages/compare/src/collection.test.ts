import assert from "node:assert/strict";
import { test } from "node:test";
import type { Trace } from "@envoy-mesh-lab/trace";
import { LabError } from "@envoy-mesh-lab/trace";
import { makeSpan } from "@envoy-mesh-lab/trace/testing";
import fc from "fast-check";
import { otherValues, withoutValue } from "./collection.ts";
import { Decomposer } from "./decompose.ts";
import { compareTraces, report } from "./report.ts";
import { diffStructures } from "./structure.ts";
import { collectNow, makeTraces } from "./testing/samples.ts";

const means = { app: 1e6, proxy: 1e5, leg: 2e5 };

test("the order in which traces come changes nothing, not even in the intervals", async () => {
  const traces = makeTraces(40, means, 11);
  const expected = await compareTraces(traces, { by: "service.name" });
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(traces, { minLength: traces.length }), async (shuffled) => {
      assert.deepEqual(await compareTraces(shuffled, { by: "service.name" }), expected);
    }),
    { numRuns: 20 },
  );
});

test("the slowest traces are reported by id, the slowest first", () => {
  const traces = makeTraces(30, means, 5);
  const { sample } = collectNow(traces);
  const durations = traces
    .map((it) => ({
      traceId: it.traceId,
      totalNs: Number((it.spans[0]?.endNs ?? 0n) - (it.spans[0]?.startNs ?? 0n)),
    }))
    .sort((a, b) => b.totalNs - a.totalNs);
  assert.deepEqual(sample.slowest, durations.slice(0, 10));
});

function traceWith(traceId: string, top: object, below: object): Trace {
  return {
    traceId,
    spans: [
      makeSpan({ traceId, spanId: "1", name: "top", attributes: { ...top } }),
      makeSpan({ traceId, spanId: "2", parentSpanId: "1", attributes: { ...below } }),
    ],
  };
}

test("traces are grouped by the span nearest to the top that has the attribute", () => {
  const { groups } = collectNow(
    [
      traceWith("a", { rpc: "x" }, { rpc: "y" }),
      traceWith("b", {}, { rpc: "y" }),
      traceWith("c", {}, {}),
      traceWith("d", { rpc: 7n }, {}),
    ],
    { by: "rpc" },
  );
  assert.deepEqual(
    [...groups].map(([value, sample]) => [value, sample.traces]),
    [
      ["x", 1],
      ["y", 1],
      [withoutValue, 1],
      ["7", 1],
    ],
  );
  assert.deepEqual([...collectNow([traceWith("a", {}, {})], { by: "name" }).groups.keys()], ["top"]);
  assert.deepEqual(
    [...collectNow([traceWith("a", {}, {})], { by: "service.name" }).groups.keys()],
    ["gateway"],
  );
});

test("an attribute with a value of its own in each trace does not make groups without end", () => {
  const traces = Array.from({ length: 1100 }, (_, i) => traceWith(`${i}`, { id: i }, {}));
  const { groups } = collectNow(traces, { by: "id" });
  assert.equal(groups.size, 1001);
  assert.equal(groups.get(otherValues)?.traces, 100);
});

test("nothing to compare, no such attribute and no such trace are reported", () => {
  const told = (pattern: RegExp) => (error: unknown) =>
    error instanceof LabError && pattern.test(error.message) && error.hint !== "" && error.exitCode !== 0;
  assert.throws(() => collectNow([]).check("x.json"), told(/no trace to compare in x\.json/));
  const traces = makeTraces(2, means, 1);
  assert.throws(() => collectNow(traces, { by: "no.such" }).check("x.json"), told(/"no\.such"/));
  assert.throws(
    () => collectNow(traces, { keep: "abc" }).check("x.json"),
    told(/trace abc is not in x\.json/),
  );
});

test("the trace to draw is the slowest, or the one that is asked for", () => {
  const traces = makeTraces(10, means, 4);
  assert.equal(collectNow(traces).kept?.traceId, collectNow(traces).sample.slowest[0]?.traceId);
  const keep = traces[3]?.traceId;
  assert.equal(collectNow(traces, { keep }).kept?.traceId, keep);
});

test("structures are told apart: only in A, only in B, and moved", () => {
  const decomposer = new Decomposer();
  const span = (
    spanId: string,
    parentSpanId: string | undefined,
    kind: "client" | "server",
    service: string,
  ) => makeSpan({ spanId, ...(parentSpanId ? { parentSpanId } : {}), kind, service });
  const direct = {
    traceId: "a",
    spans: [span("1", undefined, "client", "a"), span("2", "1", "server", "b")],
  };
  const proxied = {
    traceId: "b",
    spans: [
      span("1", undefined, "client", "a"),
      span("3", "1", "server", "p"),
      span("2", "3", "server", "b"),
    ],
  };
  const [a, b] = [direct, proxied].map((it) => collectNow([it], { decomposer }).structure);
  assert.ok(a && b);
  assert.deepEqual(diffStructures(a, b), {
    onlyInA: [],
    onlyInB: [{ party: "p SERVER", below: ["a CLIENT"] }],
    moved: [{ party: "b SERVER", from: ["a CLIENT"], to: ["p SERVER"] }],
  });
  assert.deepEqual(diffStructures(a, a), { onlyInA: [], onlyInB: [], moved: [] });
});

test("what was odd is counted over all traces", () => {
  const odd = {
    traceId: "x",
    spans: [makeSpan({ spanId: "1" }), makeSpan({ spanId: "2", parentSpanId: "gone" })],
  };
  const { a } = report({ source: "test", collection: collectNow([odd, ...makeTraces(3, means, 1)]) }, {});
  assert.equal(a.notes.traces, 1);
  assert.equal(a.notes.detached, 1);
});
