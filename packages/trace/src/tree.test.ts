import assert from "node:assert/strict";
import { test } from "node:test";
import { makeSpan, makeTrace } from "../testing/fixtures.ts";
import { renderTrace } from "./render.ts";
import type { SpanNode } from "./tree.ts";
import { toForest } from "./tree.ts";

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

test("a chain of any depth is nested and drawn", () => {
  const id = (i: number) => i.toString(16).padStart(16, "0");
  const spans = Array.from({ length: 50_000 }, (_, i) =>
    makeSpan({ spanId: id(i + 1), ...(i > 0 ? { parentSpanId: id(i) } : {}), startNs: BigInt(i) }),
  );
  const trace = makeTrace(...spans);
  assert.equal(toForest(trace).roots.length, 1);
  const drawn = renderTrace(trace, false);
  assert.equal(drawn.match(/● app/g)?.length, 50_000);
  assert.ok(drawn.length < 50_000 * 400, "the indent is bounded");
});

test("spans that end before they start have their place on the time line", () => {
  const drawn = renderTrace(
    makeTrace(makeSpan({ spanId: "a", startNs: 2_000_000n, endNs: 1_000_000n })),
    false,
  );
  assert.match(drawn, /▕ *█ *▏/);
});

test("what steers a terminal is not drawn", () => {
  const drawn = renderTrace(makeTrace(makeSpan({ spanId: "a", name: "x\u001b[2Jy\nz" })), false);
  assert.ok(drawn.includes("x�[2Jy�z"));
});
