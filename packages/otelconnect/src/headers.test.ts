import assert from "node:assert/strict";
import { test } from "node:test";
import { isSpanContextValid, propagation, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { registerTracing } from "../testing/tracing.ts";
import { extractTrace, injectTrace } from "./headers.ts";

registerTracing();
const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";
const valid = `00-${traceId}-${spanId}-01`;

function extracted(fields: [string, string][]) {
  return trace.getSpanContext(extractTrace(propagation, ROOT_CONTEXT, new Headers(fields)));
}

test("the caller's span is read from the headers", () => {
  const context = extracted([
    ["traceparent", valid],
    ["tracestate", "a=1"],
    ["tracestate", "b=2"],
  ]);
  assert.equal(context?.traceId, traceId);
  assert.equal(context?.spanId, spanId);
  assert.equal(context?.isRemote, true);
  assert.equal(context?.traceState?.serialize(), "a=1,b=2");
});

const malformed: Readonly<Record<string, string>> = {
  empty: "",
  "not a traceparent": "hello",
  "version ff": `ff-${traceId}-${spanId}-01`,
  "trace id of zeros": `00-${"0".repeat(32)}-${spanId}-01`,
  "span id of zeros": `00-${traceId}-${"0".repeat(16)}-01`,
  "upper case": valid.toUpperCase(),
  "too short": valid.slice(0, -1),
  "too long for version 00": `${valid}-extra`,
  "very long": "0".repeat(8_000),
};
for (const [what, value] of Object.entries(malformed)) {
  test(`no parent from a malformed traceparent: ${what}`, () => {
    const context = extracted([["traceparent", value]]);
    assert.equal(context !== undefined && isSpanContextValid(context), false);
  });
}

test("no parent from two traceparents", () => {
  const context = extracted([
    ["traceparent", valid],
    ["traceparent", valid.replace("b7", "c7")],
  ]);
  assert.equal(context, undefined);
});

test("a tracestate that is broken or too long does not harm the traceparent", () => {
  for (const state of ["=", "a", `k=${"v".repeat(5_000)}`]) {
    assert.equal(
      extracted([
        ["traceparent", valid],
        ["tracestate", state],
      ])?.spanId,
      spanId,
    );
  }
});

test("injection replaces what was there, leftovers too", () => {
  const headers = new Headers({ traceparent: "old", tracestate: "old=1", baggage: "old=1", other: "stays" });
  const context = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: 1 });
  injectTrace(propagation, context, headers);
  assert.deepEqual([...headers].toSorted(), [
    ["other", "stays"],
    ["traceparent", valid],
  ]);
});
