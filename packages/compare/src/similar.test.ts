import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Trace } from "@envoy-mesh-lab/trace";
import { makeTrace } from "@envoy-mesh-lab/trace/testing";
import { Decomposer } from "./decompose.ts";
import { renderContrast } from "./render-similar.ts";
import type { Likeness } from "./similar.ts";
import { contrast, likenessOf } from "./similar.ts";
import { span } from "./testing/made-span.ts";

/** A service that works for so long, and asks another one in each of some calls of 10 ns. */
function madeTrace(id: number, work: number, calls: number, callee = "b"): Trace {
  const end = work + 10 * calls;
  const spans = [span("1", undefined, "server", [0, end])];
  for (let i = 0; i < calls; i++) {
    const start = work + 10 * i;
    spans.push(span(`c${i}`, "1", "client", [start, start + 10]));
    spans.push(span(`d${i}`, `c${i}`, "server", [start + 2, start + 8], { service: callee }));
  }
  return { ...makeTrace(...spans), traceId: `${id}`.padStart(32, "0") };
}

function likenesses(...traces: Trace[]): [Likeness, ...Likeness[]] {
  const decomposer = new Decomposer();
  return traces.map((it) => likenessOf(decomposer, decomposer.detail(it)) as Likeness) as [
    Likeness,
    ...Likeness[],
  ];
}

suite("a trace and the fast ones of its shape", () => {
  test("what took longer than in each of them, the greatest difference first", () => {
    const [slow, ...others] = likenesses(
      madeTrace(1, 500, 1),
      madeTrace(2, 20, 1),
      madeTrace(3, 30, 1),
      madeTrace(4, 600, 1),
      madeTrace(5, 700, 1),
    );
    const found = contrast(slow, [slow, ...others]);
    assert.equal(found.alike, 4, "not itself");
    assert.deepEqual(found.fast.map(Number), [2, 3], "the faster half");
    assert.deepEqual(found.fastNs, { least: 30, median: 30, most: 40 });
    assert.deepEqual(
      found.hops.map((it) => [it.label, it.ns, it.differenceNs, it.verdict]),
      [
        ["a", 500, 480, "slower"],
        ["a → b", 4, 0, "as-they"],
        ["b", 6, 0, "as-they"],
      ],
    );
    assert.deepEqual(found.spans, []);
  });

  test("more calls of the same path are the same shape, and are counted", () => {
    const [slow, ...others] = likenesses(madeTrace(1, 10, 12), madeTrace(2, 10, 1), madeTrace(3, 10, 2));
    const found = contrast(slow, others);
    assert.equal(found.alike, 2);
    assert.deepEqual(
      found.spans.map((it) => [it.party, it.count, it.fast.most]),
      [
        ["a CLIENT", 12, 1],
        ["b SERVER", 12, 1],
      ],
    );
  });

  test("another callee, and another operation, are another shape", () => {
    const renamed = madeTrace(3, 10, 1);
    for (const it of renamed.spans) if (it.spanId === renamed.spans[0]?.spanId) it.name = "other";
    const [slow, ...others] = likenesses(madeTrace(1, 90, 1), madeTrace(2, 10, 1, "c"), renamed);
    assert.deepEqual([contrast(slow, others).alike, contrast(slow, others).otherShapes], [0, 2]);
  });

  test("those that failed are no example of how fast it can be, whatever says that they did", () => {
    const [slow, one, other, well] = [
      madeTrace(1, 90, 1),
      ...[2, 3, 4].map((id) => madeTrace(id, 10 * id, 1)),
    ];
    (one as Trace).spans.forEach((it) => {
      it.status = { code: "error" };
    });
    (other as Trace).spans.forEach((it) => {
      it.attributes["http.response.status_code"] = 503;
    });
    const [first, ...others] = likenesses(slow as Trace, one as Trace, other as Trace, well as Trace);
    const found = contrast(first, others);
    assert.deepEqual([found.alike, found.failed, found.fast.map(Number)], [1, 2, [4]]);
    const style = { color: false, width: 200, intervals: false };
    assert.match(renderContrast(found, "x", style), /; 2 more of it failed, and are left out\./);
    const none = renderContrast(contrast(first, others.slice(0, 2)), "x", style);
    assert.match(none, /which services call which\) and succeeded; 2 more of it failed/);
  });

  test("ids in the path of a name make no other shape, and versions do", () => {
    const named = (id: number, name: string) => {
      const trace = madeTrace(id, 10 * id, 1);
      for (const it of trace.spans) if (it.parentSpanId === undefined) it.name = name;
      return trace;
    };
    const [slow, ...others] = likenesses(
      named(9, "GET /v1/orders/7919/items"),
      named(2, "GET /v1/orders/3f2504e0-4f89-11d3-9a0c-0305e82c3301/items"),
      named(3, "GET /v1/orders/5f0e2b7a91/items"),
      named(4, "GET /v2/orders/7919/items"),
      named(5, "GET /v1/orders/cart/items"),
    );
    const found = contrast(slow, others);
    assert.deepEqual([found.alike, found.otherShapes], [2, 2]);
  });

  test("the fastest of all has none to be held against", () => {
    const [quick, ...others] = likenesses(madeTrace(1, 10, 1), madeTrace(2, 20, 1));
    const found = contrast(quick, others);
    assert.deepEqual([found.fast, found.fastNs, found.hops], [[], undefined, []]);
    const style = { color: false, width: 200, intervals: false };
    assert.match(renderContrast(found, "x", style), /the only other of its shape in x was not faster\.$/);
    assert.match(renderContrast(contrast(quick, []), "x", style), /no other trace in x has its shape/);
    // A trace that nobody named is reported with why it is this one.
    assert.match(renderContrast(found, "x", style, "the slowest"), /^trace [0-9a-f]+ \(the slowest\): /);
    assert.doesNotMatch(renderContrast(found, "x", style), /\(/);
  });
});
