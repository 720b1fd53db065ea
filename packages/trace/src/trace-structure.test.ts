import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { makeSpan, makeTrace } from "../testing/fixtures.ts";
import type { Span } from "./model.ts";
import { childrenOf, depthsOf, missingParent, noParent, structureOf } from "./trace-structure.ts";
import type { SpanNode } from "./tree.ts";
import { toForest } from "./tree.ts";

/** Spans whose parents are any of them, themselves too, or none that is there. */
const spans = fc
  .array(
    fc.record({ parent: fc.option(fc.nat({ max: 12 }), { nil: undefined }), start: fc.nat({ max: 5 }) }),
    {
      minLength: 1,
      maxLength: 10,
    },
  )
  .map((list) =>
    list.map(({ parent, start }, i) =>
      makeSpan({
        spanId: `${i}`,
        ...(parent === undefined ? {} : { parentSpanId: `${parent}` }),
        startNs: BigInt(start),
      }),
    ),
  );

/** What hangs below what, by ids. */
function edgesOf(trace: Span[]): Record<string, string[]> {
  const structure = structureOf(makeTrace(...trace));
  return Object.fromEntries(
    structure.spans.map(({ spanId }, i) => [
      spanId,
      Array.from(childrenOf(structure, i), (child) => structure.spans[child]?.spanId ?? ""),
    ]),
  );
}

test("one loop is opened at one place, whatever the order of the input and whoever asks", () => {
  const loop = [
    makeSpan({ spanId: "1", parentSpanId: "3", startNs: 20n }),
    makeSpan({ spanId: "2", parentSpanId: "1", startNs: 10n }),
    makeSpan({ spanId: "3", parentSpanId: "2", startNs: 30n }),
  ];
  for (const order of [loop, loop.toReversed(), [...loop.slice(1), ...loop.slice(0, 1)]]) {
    const { spans: sorted, loops, parent } = structureOf(makeTrace(...order));
    assert.deepEqual(
      loops.map((it) => sorted[it.place]?.spanId),
      ["1"],
      "the smallest id, whatever the clocks say",
    );
    assert.equal(parent[loops[0]?.place ?? 0], missingParent);
    const { roots, orphans } = toForest(makeTrace(...order));
    assert.deepEqual(
      [roots.length, orphans.map((it) => it.span.spanId)],
      [0, ["1"]],
      "and the drawing begins there, too",
    );
  }
});

test("any parents, in any order: every span once, each walk ends, and the forest is the structure's", () => {
  fc.assert(
    fc.property(spans, (list) => {
      const structure = structureOf(makeTrace(...list));
      assert.equal(structure.spans.length, list.length);
      const depths = depthsOf(structure);
      for (const [i, depth] of depths.entries()) {
        const above = structure.parent[i] as number;
        assert.ok(above >= 0 ? depth === (depths[above] as number) + 1 : depth === 0);
        assert.ok(above >= 0 || above === noParent || above === missingParent);
      }
      assert.deepEqual(edgesOf(list.toReversed()), edgesOf(list));
      const drawn: Record<string, string[]> = {};
      const visit = (nodes: SpanNode[]): void => {
        for (const { span, children } of nodes) {
          drawn[span.spanId] = children.map((it) => it.span.spanId);
          visit(children);
        }
      };
      const { roots, orphans } = toForest(makeTrace(...list));
      visit([...roots, ...orphans]);
      assert.deepEqual(drawn, edgesOf(list));
    }),
    { numRuns: 300 },
  );
});
