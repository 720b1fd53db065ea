import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { makeSpan, makeTrace } from "../testing/fixtures.ts";
import { recordedTrace } from "../testing/recorded-trace.ts";
import { describeSpan, spanDetails } from "./describe-span.ts";
import type { Span } from "./model.ts";
import { textWidth } from "./text-width.ts";

const trace = recordedTrace("unary-error");
const of = (service: string) => trace.spans.find((it) => it.resource["service.name"] === service) as Span;
const asItIs = { serializers: [(it: unknown) => `${it}`] };

suite("a span in words", () => {
  for (const width of [60, 80, 120, 200]) {
    test(`of an application and of a proxy in ${width} columns`, (t) => {
      for (const service of ["gateway", "edge"]) {
        const words = describeSpan(trace, of(service), { width });
        t.assert.snapshot(words, asItIs);
        for (const line of words.split("\n")) {
          assert.ok(textWidth(line) <= width || line.includes("://"), `${textWidth(line)}: ${line}`);
        }
      }
    });
  }

  test("what is its own is the time without a child, overlaps counted once and what goes beyond it not", () => {
    const ns = (ms: number) => BigInt(ms * 1_000_000);
    const a = makeSpan({ spanId: "a", startNs: ns(0), endNs: ns(100) });
    const child = (spanId: string, from: number, to: number) =>
      makeSpan({ spanId, parentSpanId: "a", startNs: ns(from), endNs: ns(to) });
    const own = (...children: Span[]) =>
      /took +(.*) of it/.exec(describeSpan(makeTrace(a, ...children), a, { width: 200 }))?.[1];
    assert.equal(own(), "100 ms, 100 ms");
    assert.equal(own(child("b", 10, 50), child("c", 30, 60)), "100 ms, 50.0 ms");
    assert.equal(own(child("b", 90, 150)), "100 ms, 90.0 ms");
    assert.equal(own(child("b", 110, 150)), "100 ms, 100 ms");
    assert.equal(own(child("b", 10, 5)), "100 ms, 100 ms");
  });

  test("events, links, a missing parent, odd values and impossible times", () => {
    const link = { traceId: "f".repeat(32), spanId: "e".repeat(16), attributes: {} };
    const odd = makeSpan({
      ...{ spanId: "a", parentSpanId: "00000000000000ff", startNs: 2n ** 90n, endNs: 2n ** 90n + 5n },
      attributes: { list: [1n, "x"], none: null, text: "", response_flags: "UF,URX" },
      events: [{ name: "message", timeNs: 2n ** 90n + 3n, attributes: { id: 1 } }],
      links: [link],
      scope: { name: "" },
    });
    const words = describeSpan(makeTrace(odd), odd, { width: 200 });
    for (const part of [
      `${2n ** 90n} ns after 1970`,
      "parent    00000000000000ff, which is missing",
      "children  none",
      '["1","x"]',
      "no connection to the upstream host, the last retry failed too",
      "event message, 3 ns after it began",
      `link to span ${link.spanId} of trace ${link.traceId}`,
      "no library says so",
    ]) {
      assert.ok(words.includes(part), `${part} in\n${words}`);
    }
    assert.deepEqual(spanDetails(odd), [
      "span a",
      ...['list = ["1","x"]', "none = null", "text = (empty)", "response_flags = UF,URX"],
      "event message after 3 ns (id = 1)",
      `link to span ${link.spanId} of trace ${link.traceId}`,
    ]);
  });
});
