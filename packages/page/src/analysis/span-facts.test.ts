import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Span } from "@envoy-mesh-lab/trace";
import { originsOf } from "@envoy-mesh-lab/trace";
import { recordedTrace } from "@envoy-mesh-lab/trace/testing";
import { attributeFacts, spanFacts, timeOf } from "./span-facts.ts";

suite("what a span says", () => {
  test("the current name leads, and those of before stand beside it", () => {
    const facts = attributeFacts({
      "http.method": "POST",
      "http.request.method": "POST",
      "http.status_code": "503",
      upstream_cluster: "backend",
      own: 1,
    });
    assert.deepEqual(
      facts.map(({ key, value, legacy, isLegacyOnly }) => [
        key,
        value,
        legacy.map((it) => `${it.key}=${it.value}`),
        isLegacyOnly,
      ]),
      [
        ["envoy.upstream_cluster.name", "backend", ["upstream_cluster=backend"], true],
        ["http.request.method", "POST", ["http.method=POST"], false],
        ["http.response.status_code", "503", ["http.status_code=503"], true],
        ["own", "1", [], false],
      ],
    );
    assert.equal(facts[1]?.meaning, "HTTP's method");
  });

  test("a proxy's span says how that is known", () => {
    const trace = recordedTrace("whole");
    const proxy = trace.spans.find((it) => it.scope.name === "envoy") as Span;
    const facts = spanFacts(trace, proxy, originsOf(trace));
    assert.equal(facts.role, "proxy");
    assert.ok(facts.evidence.includes('instrumentation scope "envoy"'), facts.evidence.join());
  });

  test("hostile texts are text, of bounded length, and cannot turn what stands beside them", () => {
    const trace = recordedTrace("whole");
    const [first] = trace.spans as [Span, ...Span[]];
    const name = `<script>alert(1)</script>\u202e${"x".repeat(1 << 20)}`;
    const span: Span = {
      ...first,
      name,
      attributes: { [name]: name },
      links: [{ traceId: name, spanId: name, attributes: {} }],
    };
    const facts = spanFacts({ ...trace, spans: [span] }, span, originsOf(trace));
    const all = JSON.stringify(facts);
    assert.ok(all.length < 100_000, `${all.length}`);
    assert.doesNotMatch(all, /\u202e/);
    assert.match(facts.name, /^<script>alert\(1\)<\/script>\uFFFDx+… \(1048602 characters\)$/);
  });

  test("times that no clock shows are reported as numbers", () => {
    assert.equal(timeOf(1_795_799_403_096_908_123n), "2026-11-27 17:10:03.096908 UTC");
    assert.equal(timeOf(2n ** 80n), `${2n ** 80n} ns after 1970`);
  });
});
