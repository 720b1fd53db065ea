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

  test("the fastest of all has none to be held against", () => {
    const [quick, ...others] = likenesses(madeTrace(1, 10, 1), madeTrace(2, 20, 1));
    const found = contrast(quick, others);
    assert.deepEqual([found.fast, found.fastNs, found.hops], [[], undefined, []]);
    const style = { color: false, width: 200, intervals: false };
    assert.match(renderContrast(found, "x", style), /none of the 1 others of its shape in x was faster\.$/);
    assert.match(renderContrast(contrast(quick, []), "x", style), /no other trace in x has its shape/);
    // A trace that nobody named is reported with why it is this one.
    assert.match(renderContrast(found, "x", style, "the slowest"), /^trace [0-9a-f]+ \(the slowest\): /);
    assert.doesNotMatch(renderContrast(found, "x", style), /\(/);
  });
});
