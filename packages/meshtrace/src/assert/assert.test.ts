import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { recordedTraces } from "@envoy-mesh-lab/trace/testing";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { assertClean, assertHops, assertSpendsAtMost, InMemoryTraces, matchers } from "./index.ts";

const whole = recordedTraces("whole");
const broken = recordedTraces("injected-early");
const hops = [
  { service: "edge", direction: "inbound", kind: "server", role: "proxy" },
  { service: "edge", direction: "inbound", kind: "client", role: "proxy" },
];

/** What an assertion throws. */
async function messageOf(promise: Promise<void>): Promise<string> {
  const error = await promise.then(
    () => assert.fail("it holds"),
    (it: unknown) => it,
  );
  assert.ok(error instanceof assert.AssertionError);
  return error.message;
}

suite("for node:test", () => {
  test("what holds is silent", async () => {
    await assertClean(whole);
    await assertHops(whole, { hops, others: "allowed" });
    await assertHops(whole, "expected-hops.yaml");
    await assertSpendsAtMost(whole, "proxy", "1 s", { percentile: 99 });
  });

  test("what does not, is reported with the cause, and the tree with its number", async () => {
    const message = await messageOf(assertClean(broken));
    assert.match(message, /gateway-proxy outbound +SERVER .*◀ 1\n/);
    assert.match(message, /1\. hop\.sibling {2}gateway CLIENT > gateway-proxy outbound SERVER\n/);
    assert.match(await messageOf(assertHops(whole, hops)), /✘ no other spans/);
    const missing = [...hops, { service: "nobody", kind: "server" }];
    assert.match(
      await messageOf(assertHops(whole, { hops: missing, others: "allowed" })),
      /└ gateway +CLIENT[\s\S]*✘ nobody SERVER below edge inbound CLIENT/,
    );
  });

  test("who spends too much is told with how much, and the longest trace", async () => {
    const message = await messageOf(assertSpendsAtMost(whole, "proxy", "1 µs", { percentile: 99 }));
    assert.match(message, /^proxy takes [\d.]+ ms at the 99th percentile of 1 trace, more than 1\.00 µs;/);
    assert.match(message, /└ gateway +CLIENT/);
    assert.match(
      await messageOf(assertSpendsAtMost(whole, "gateway-proxy outbound", 1)),
      /at most of 1 trace/,
    );
  });

  test("no trace, a name that is none, and no duration are never green", async () => {
    for (const promise of [assertClean([]), assertHops([], hops), assertSpendsAtMost([], "proxy", "1 s")]) {
      assert.match(await messageOf(promise), /there is no trace/);
    }
    assert.match(await messageOf(assertClean({ traceId: "1", spans: [] })), /there is no trace/);
    await assert.rejects(
      assertSpendsAtMost(whole, "proxi", "1 s"),
      /no trace has time of "proxi"; there are .*proxy/,
    );
    await assert.rejects(assertSpendsAtMost(whole, "proxy", "soon"), /"soon" is no duration/);
    await assert.rejects(assertSpendsAtMost(whole, "proxy", "1 s", { percentile: 0 }), /percentile 0/);
    await assert.rejects(assertHops(whole, [{ service: "edge" }]), /no expectation: hops\.0\.kind/);
    await assert.rejects(assertHops(whole, []), /says nothing/);
  });

  test("what is ignored is not asked for", () => assertClean(broken, { ignore: ["hop.sibling"] }));
});

test("the matchers give what expect.extend of Vitest and Jest takes, also for .not", async () => {
  const clean = await matchers.toBeClean(whole);
  assert.deepEqual([clean.pass, clean.message().split("\n")[0]], [true, "nothing is wrong:"]);
  assert.equal((await matchers.toBeClean(broken)).pass, false);
  assert.equal((await matchers.toHaveHops(whole, { hops, others: "allowed" })).pass, true);
  const spent = await matchers.toSpendAtMost(whole, "network", "1 ns");
  assert.equal(spent.pass, false);
  assert.match(spent.message(), /network takes/);
});

suite("spans of the SDK, kept in memory", () => {
  const spans = new InMemoryTraces();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] });

  test("are traces with all that they say", async () => {
    const tracer = provider.getTracer("a library", "1.2.3");
    tracer.startActiveSpan("serve", { kind: SpanKind.SERVER, startTime: [1_700_000_000, 1] }, (span) => {
      span.setAttribute("list", ["a", "b"]).addEvent("seen", { what: 1 }, [1_700_000_000, 5]);
      span.setStatus({ code: SpanStatusCode.ERROR, message: "no" });
      span.end([1_700_000_000, 9]);
    });
    const [trace] = spans.traces();
    const { traceId, spanId, resource, ...rest } = trace?.spans[0] ?? assert.fail("no span");
    assert.equal(traceId, trace?.traceId);
    assert.match(spanId, /^[0-9a-f]{16}$/);
    assert.ok(resource["service.name"]);
    assert.deepEqual(rest, {
      ...{
        name: "serve",
        kind: "server",
        startNs: 1_700_000_000_000_000_001n,
        endNs: 1_700_000_000_000_000_009n,
      },
      ...{ status: { code: "error", message: "no" }, attributes: { list: ["a", "b"] } },
      scope: { name: "a library", version: "1.2.3" },
      events: [{ name: "seen", timeNs: 1_700_000_000_000_000_005n, attributes: { what: 1 } }],
      links: [],
    });
    await assertClean(spans);
    spans.reset();
    assert.deepEqual(spans.traces(), []);
  });
});
