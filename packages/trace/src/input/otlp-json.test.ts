import assert from "node:assert/strict";
import { test } from "node:test";
import { readDocument } from "./read-document.ts";

const parseOtlpJson = (document: unknown) => readDocument(document, "a test", "lab");

const hexSpan = {
  traceId: "0AF7651916CD43DD8448EB211C80319C",
  spanId: "b7ad6b7169203331",
  parentSpanId: "00f067aa0ba902b7",
  name: "GET /",
  kind: 2,
  startTimeUnixNano: "1795425587408940123",
  endTimeUnixNano: "1795425587411090000",
  status: { code: 2, message: "no" },
  attributes: [
    { key: "n", value: { intValue: "7" } },
    { key: "big", value: { intValue: "9223372036854775807" } },
    { key: "list", value: { arrayValue: { values: [{ boolValue: true }, { doubleValue: 0.5 }] } } },
  ],
};
const document = (span: object) => ({
  resourceSpans: [
    {
      resource: { attributes: [{ key: "service.name", value: { stringValue: "edge" } }] },
      scopeSpans: [{ scope: { name: "envoy", version: "1.40.0" }, spans: [span] }],
    },
  ],
});

test("OTLP JSON: hex ids in lower case, enums as numbers, times exact to the nanosecond", () => {
  const span = parseOtlpJson(document(hexSpan))[0]?.spans[0];
  assert.equal(span?.traceId, "0af7651916cd43dd8448eb211c80319c");
  assert.equal(span?.parentSpanId, "00f067aa0ba902b7");
  assert.equal(span?.kind, "server");
  assert.equal(span?.startNs, 1795425587408940123n);
  assert.deepEqual(span?.status, { code: "error", message: "no" });
  assert.deepEqual(span?.attributes, { n: 7, big: 9223372036854775807n, list: [true, 0.5] });
  assert.deepEqual(span?.resource, { "service.name": "edge" });
  assert.deepEqual(span?.scope, { name: "envoy", version: "1.40.0" });
});

test("Tempo's JSON: ids in base64, enums by name, no parent for a root", () => {
  const [trace] = parseOtlpJson({
    batches: document({
      ...hexSpan,
      traceId: "CvdlGRbNQ92ESOshHIAxnA==",
      spanId: "t61rcWkgMzE=",
      parentSpanId: "",
      kind: "SPAN_KIND_CLIENT",
      status: {},
    }).resourceSpans,
  });
  assert.equal(trace?.traceId, "0af7651916cd43dd8448eb211c80319c");
  assert.equal(trace?.spans[0]?.spanId, "b7ad6b7169203331");
  assert.equal(trace?.spans[0]?.kind, "client");
  assert.ok(!("parentSpanId" in (trace?.spans[0] ?? {})));
  assert.equal(trace?.spans[0]?.status.code, "unset");
});

test("a span that stands in the input twice is kept once", () => {
  const twice = { resourceSpans: [...document(hexSpan).resourceSpans, ...document(hexSpan).resourceSpans] };
  assert.equal(parseOtlpJson(twice)[0]?.spans.length, 1);
});

test("other JSON is refused with the place that is wrong", () => {
  assert.throws(() => parseOtlpJson({ hello: [] }), /in no known format of trace data/);
  assert.throws(
    () => parseOtlpJson(document({ ...hexSpan, spanId: 5 })),
    /resourceSpans\.0\.scopeSpans\.0\.spans\.0\.spanId/,
  );
});
