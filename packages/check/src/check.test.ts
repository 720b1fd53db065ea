import assert from "node:assert/strict";
import { test } from "node:test";
import type { Span } from "@envoy-mesh-lab/trace";
import { makeSpan, makeTrace } from "@envoy-mesh-lab/trace/testing";
import { checkTrace } from "./check.ts";
import type { Expected } from "./expected.ts";
import { hopName } from "./expected.ts";

const expected: Expected = {
  name: "app > proxy > app",
  hops: [
    { service: "gateway", kind: "server", role: "app" },
    { service: "gateway", kind: "client", role: "app" },
    { service: "gateway-proxy", direction: "outbound", kind: "server", role: "proxy" },
    { service: "gateway-proxy", direction: "outbound", kind: "client", role: "proxy" },
    { service: "backend", kind: "server", role: "app" },
  ],
};

/** The chain that is expected, as spans a > b > c > d > e. */
function chain(): Record<"a" | "b" | "c" | "d" | "e", Span> {
  return {
    a: makeSpan({ spanId: "a", startNs: 1n }),
    b: makeSpan({ spanId: "b", parentSpanId: "a", kind: "client", startNs: 2n }),
    c: makeSpan({
      spanId: "c",
      parentSpanId: "b",
      service: "gateway-proxy",
      direction: "outbound",
      startNs: 3n,
    }),
    d: makeSpan({
      spanId: "d",
      parentSpanId: "c",
      service: "gateway-proxy",
      direction: "outbound",
      kind: "client",
      startNs: 4n,
    }),
    e: makeSpan({ spanId: "e", parentSpanId: "d", service: "backend", startNs: 5n }),
  };
}
const codes = (...spans: Span[]) =>
  checkTrace(makeTrace(...spans), expected).map((it) => [it.code, it.edge] as const);

test("the expected chain has no finding, in any order of its spans", () => {
  const spans = Object.values(chain());
  assert.deepEqual(codes(...spans), []);
  assert.deepEqual(codes(...spans.reverse()), []);
});

test("a proxy without spans is missing, and the edge is named", () => {
  const { a, b, e } = chain();
  assert.deepEqual(codes(a, b, { ...e, parentSpanId: "b" }), [
    ["hop.missing", "gateway CLIENT > backend SERVER"],
  ]);
});

test("a proxy that hangs below the app's parent is a sibling", () => {
  const { a, b, c, d, e } = chain();
  assert.deepEqual(codes(a, b, { ...c, parentSpanId: "a" }, d, e), [
    ["hop.sibling", "gateway CLIENT > gateway-proxy outbound SERVER"],
  ]);
});

test("a proxy that does not report what it passes on cuts the trace", () => {
  const { a, b, e } = chain();
  assert.deepEqual(codes(a, b, e), [["hop.cut-off", "gateway CLIENT > backend SERVER"]]);
});

test("a single lost span cuts the trace at its edge", () => {
  const { a, b, c, e } = chain();
  assert.deepEqual(codes(a, b, c, e), [["hop.cut-off", "gateway-proxy outbound SERVER > backend SERVER"]]);
});

test("the cause of a span that is not reported is its own party's: an application has no random_sampling", () => {
  const { a, b, c, d, e } = chain();
  const causeOf = (spans: Span[], hops = expected.hops) => {
    const [finding] = checkTrace(makeTrace(...spans), { ...expected, hops });
    return `${finding?.code}: ${finding?.cause}; ${finding?.remedy}`;
  };
  const ofProxy = causeOf([a, b, e]);
  assert.match(ofProxy, /^hop\.cut-off: gateway-proxy passed on .*random_sampling/);
  assert.doesNotMatch(ofProxy, /OTEL_TRACES_SAMPLER/);
  const ofApp = causeOf([a, c, d, e]);
  assert.match(ofApp, /^hop\.cut-off: gateway passed on .*OTEL_TRACES_SAMPLER.*exporter/);
  assert.doesNotMatch(ofApp, /random_sampling/);
  const passedBy = causeOf([a, { ...c, parentSpanId: "a" }, d, e]);
  assert.match(passedBy, /^hop\.missing: gateway passed the request on .*instrumentation .* to gateway$/);
  assert.doesNotMatch(passedBy, /tracing block/);
  const notSampled = causeOf(
    [c, d].map((it, i) => (i === 0 ? { ...it, parentSpanId: undefined } : it) as Span),
    expected.hops.slice(2),
  );
  assert.match(notSampled, /^context\.lost: .*backend did not sample it \(OTEL_TRACES_SAMPLER: always_off/);
});

test("a trace that ends early has lost its context", () => {
  const { a, b } = chain();
  assert.deepEqual(codes(a, b), [["context.lost", "gateway CLIENT > gateway-proxy outbound SERVER"]]);
});

test("a lost root and a second root are reported", () => {
  const { a, b, c, d, e } = chain();
  assert.deepEqual(
    codes(b, c, d, e).map(([code]) => code),
    ["trace.no-root", "hop.cut-off"],
  );
  assert.deepEqual(
    codes(a, b, c, d, e, makeSpan({ spanId: "f", service: "other" })).map(([code]) => code),
    ["trace.several-roots", "span.unexpected"],
  );
});

test("a hop below the wrong span is reported with the span it hangs below", () => {
  const { a, b, c, d, e } = chain();
  const [finding] = checkTrace(makeTrace(a, b, c, d, { ...e, parentSpanId: "a" }), expected);
  assert.equal(finding?.code, "hop.wrong-parent");
  assert.match(finding?.evidence ?? "", /the parent of backend SERVER is gateway SERVER/);
});

test("spans beyond the expected ones are reported, orphans among them", () => {
  const { a, b, c, d, e } = chain();
  const more = makeSpan({ spanId: "x", parentSpanId: "e", service: "cache" });
  const orphan = makeSpan({ spanId: "y", parentSpanId: "zz", service: "cache" });
  assert.deepEqual(
    codes(a, b, c, d, e, more, orphan).map(([code]) => code),
    ["span.unexpected", "span.missing-parent"],
  );
});

test("hops are named as a reader would say them", () => {
  assert.equal(
    hopName({ service: "gateway-proxy", direction: "outbound", kind: "server" }),
    "gateway-proxy outbound SERVER",
  );
});
