import assert from "node:assert/strict";
import { test } from "node:test";
import { makeSpan, makeTrace } from "./fixtures.ts";
import { type SpanNode, toForest } from "./tree.ts";

const shape = (nodes: SpanNode[]): unknown => nodes.map((it) => [it.span.spanId, shape(it.children)]);

test("spans nest by parent and are ordered by start, whatever the input's order", () => {
  const spans = [
    makeSpan({ spanId: "c", parentSpanId: "a", startNs: 3n }),
    makeSpan({ spanId: "b", parentSpanId: "a", startNs: 2n }),
    makeSpan({ spanId: "a" }),
    makeSpan({ spanId: "d", parentSpanId: "b" }),
  ];
  const expected = [
    [
      "a",
      [
        ["b", [["d", []]]],
        ["c", []],
      ],
    ],
  ];
  assert.deepEqual(shape(toForest(makeTrace(...spans)).roots), expected);
  assert.deepEqual(shape(toForest(makeTrace(...spans.reverse())).roots), expected);
});

test("a span whose parent is not in the trace is an orphan, not a root", () => {
  const forest = toForest(
    makeTrace(makeSpan({ spanId: "a" }), makeSpan({ spanId: "b", parentSpanId: "zz" })),
  );
  assert.deepEqual(shape(forest.roots), [["a", []]]);
  assert.deepEqual(shape(forest.orphans), [["b", []]]);
});

test("a loop of parents ends, and no span of it is lost", () => {
  const forest = toForest(
    makeTrace(makeSpan({ spanId: "a", parentSpanId: "b" }), makeSpan({ spanId: "b", parentSpanId: "a" })),
  );
  const count = (nodes: SpanNode[]): number => nodes.reduce((sum, it) => sum + 1 + count(it.children), 0);
  assert.equal(count([...forest.roots, ...forest.orphans]), 2);
});
