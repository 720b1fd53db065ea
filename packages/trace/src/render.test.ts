import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { makeSpan, makeTrace } from "../testing/fixtures.ts";
import { recordedTrace } from "../testing/recorded-trace.ts";
import type { Span } from "./model.ts";
import { renderTrace } from "./render.ts";
import { textWidth } from "./text-width.ts";

const asItIs = { serializers: [(it: unknown) => `${it}`] };

// After a change that is meant: node --test --test-update-snapshots packages/trace/src/render.test.ts
suite("a drawing fits the terminal", () => {
  for (const width of [60, 80, 120, 200]) {
    for (const name of ["whole", "unary-error", "cut-off"]) {
      test(`${name} in ${width} columns`, (t) => {
        t.assert.snapshot(renderTrace(recordedTrace(name), false, { width }), asItIs);
      });
    }
    test(`whole in ${width} columns, with colours`, (t) => {
      const trace = recordedTrace("whole");
      const drawn = renderTrace(trace, true, { width });
      t.assert.snapshot(drawn, asItIs);
      assert.equal(stripVTControlCharacters(drawn), renderTrace(trace, false, { width }));
    });
  }

  test("in pipes 120 columns, when nothing else is said", () => {
    const trace = recordedTrace("whole");
    assert.equal(renderTrace(trace, false), renderTrace(trace, false, { width: 120 }));
  });
});

test("the times are reported at any width, and signs and errors are never cut", () => {
  const trace = recordedTrace("unary-error");
  const [first] = trace.spans as [Span];
  for (let width = 60; width <= 200; width++) {
    const drawn = renderTrace(trace, false, {
      width,
      mark: ({ spanId }) => (spanId === first.spanId ? "◀ 12" : ""),
    });
    assert.equal(drawn.match(/ \d+(\.\d+)? [mµ]s {2}▕/g)?.length, trace.spans.length, `${width}`);
    assert.equal(
      drawn.match(/ERROR( |$)/gm)?.length,
      trace.spans.filter((it) => it.status.code === "error").length,
    );
    assert.match(drawn, /◀ 12( |$)/m, `${width}`);
  }
});

const word = fc.string({ unit: "grapheme", maxLength: 90 });

test("property: no line of any trace is wider than the width", () => {
  const span = fc.record({
    name: word,
    service: word,
    message: word,
    parent: fc.nat(20),
    failed: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(span, { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 40, max: 220 }),
      fc.boolean(),
      (drawn, width, color) => {
        const spans = drawn.map(({ name, service, message, parent, failed }, i) =>
          makeSpan({
            ...{ spanId: `${i + 1}`.padStart(16, "0"), name, service },
            ...(parent > 0 ? { parentSpanId: `${parent}`.padStart(16, "0") } : {}),
            status: failed ? { code: "error", message } : { code: "unset" },
          }),
        );
        const text = renderTrace(makeTrace(...spans), color, { width, why: true });
        for (const line of text.split("\n")) {
          assert.ok(textWidth(line) <= width, `${textWidth(line)} of ${width}: ${line}`);
        }
      },
    ),
    { numRuns: 300 },
  );
});
