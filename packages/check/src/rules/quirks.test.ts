import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { QuirkCode } from "@envoy-mesh-lab/trace";
import { indexTrace } from "@envoy-mesh-lab/trace";
import { drawnTrace } from "@envoy-mesh-lab/trace/testing";
import { severityOf } from "../findings.ts";
import { applyRules } from "./index.ts";
import { found } from "./testing.ts";

suite("what the reader found odd", () => {
  const quirky = (...codes: QuirkCode[]) =>
    applyRules(
      indexTrace({
        ...drawnTrace("a SERVER 0-10\n  a INTERNAL 1-2"),
        quirks: codes.map((code) => ({ code, message: `${code} was seen`, spanIds: ["2"] })),
      }),
    );

  test("is reported as it is, and as a note where nothing was lost by it", () => {
    const told = quirky("shared-span-id", "cut-off");
    assert.deepEqual(
      told.map((it) => [it.code, severityOf(it.code), it.evidence, it.spanIds]),
      [
        ["input.shared-span-id", "note", "a span shared-span-id was seen", ["2"]],
        ["input.cut-off", "warning", "a span cut-off was seen", ["2"]],
      ],
    );
  });

  test("half of a shared span belongs below a call that is not in the input, and below no other", () => {
    const drawing = "a SERVER 0-100\n  a CLIENT 10-90\n  b SERVER 12-80";
    assert.deepEqual(found(drawing), ["hop.sibling: a CLIENT > b SERVER"]);
    assert.deepEqual(found(drawing, { "half-shared-span": ["3"] }), []);
  });

  test("an id that was there twice is a finding of its own; what rules find too is reported once", () => {
    assert.deepEqual(
      quirky("conflicting-span", "missing-parent", "ends-before-start").map((it) => `${it.code}: ${it.edge}`),
      ["span.duplicate-id: a INTERNAL"],
    );
  });
});
