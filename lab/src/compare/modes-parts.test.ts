import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { readTraceFile } from "../load-trace.ts";
import { makeSpan, makeTrace } from "../trace/fixtures.ts";
import { durationNs, type Span } from "../trace/model.ts";
import { partsOf } from "./modes-parts.ts";

const recorded = (name: string) => readTraceFile(`${import.meta.dirname}/../check/recorded/${name}.json`);

test("the parts of a recorded call are its hops, and add up to the topmost span", () => {
  const trace = recorded("whole");
  const parts = partsOf(trace) ?? assert.fail("the trace is whole");
  assert.deepEqual(
    parts.map((it) => [it.kind, it.name]),
    [
      ["proxy", "edge inbound"],
      ["network", "edge > gateway-proxy"],
      ["proxy", "gateway-proxy inbound"],
      ["network", "gateway-proxy > gateway"],
      ["app", "gateway"],
      ["network", "gateway > gateway-proxy"],
      ["proxy", "gateway-proxy outbound"],
      ["network", "gateway-proxy > backend-proxy"],
      ["proxy", "backend-proxy inbound"],
      ["network", "backend-proxy > backend"],
      ["app", "backend"],
    ],
  );
  const longest = Math.max(...trace.spans.map((it) => Number(durationNs(it)) / 1e6));
  const sum = parts.reduce((total, it) => total + it.ms, 0);
  assert.ok(Math.abs(sum - longest) < 1e-9, `${sum} of ${longest}`);
});

/** A chain of spans with these times in ms, the clock of each host off by some years. */
function chain(...hops: [service: string, direction: string | undefined, kind: Span["kind"], ms: number][]) {
  return hops.map(([service, direction, kind, ms], i) => {
    const startNs = BigInt(i * i) * 10n ** 16n;
    return makeSpan({
      spanId: `${i + 1}`,
      // The load generator's own span is in no trace.
      parentSpanId: `${i}`,
      service,
      ...(direction ? { direction } : {}),
      kind,
      startNs,
      endNs: startNs + BigInt(ms * 1e6),
    });
  });
}
const spans = chain(
  ["gateway", undefined, "server", 20],
  ["gateway", undefined, "client", 17],
  ["backend-proxy", "inbound", "server", 12],
  ["backend-proxy", "inbound", "client", 11],
  ["backend", undefined, "server", 5],
);

test("each part gets its time, whatever the clocks of the hosts say, and in whatever order spans come", () => {
  const expected = [
    { name: "gateway", kind: "app", ms: 3 },
    { name: "gateway > backend-proxy", kind: "network", ms: 5 },
    { name: "backend-proxy inbound", kind: "proxy", ms: 1 },
    { name: "backend-proxy > backend", kind: "network", ms: 6 },
    { name: "backend", kind: "app", ms: 5 },
  ];
  assert.deepEqual(partsOf(makeTrace(...spans)), expected);
  assert.deepEqual(partsOf(makeTrace(...spans.toReversed())), expected);
});

suite("no parts are told of a trace that is no chain of hops", () => {
  for (const missing of spans) {
    test(`without ${missing.resource["service.name"]} ${missing.kind}`, () => {
      assert.equal(partsOf(makeTrace(...spans.filter((it) => it !== missing))), undefined);
    });
  }
  test("with two calls side by side", () => {
    const second = makeSpan({ spanId: "x", parentSpanId: "1", kind: "client" });
    assert.equal(partsOf(makeTrace(...spans, second)), undefined);
  });
  test("with a proxy that makes one span a hop, no span, or none at all", () => {
    assert.equal(partsOf(recorded("one-span-proxy")), undefined);
    assert.equal(partsOf(recorded("cut-off")), undefined);
    assert.equal(partsOf(makeTrace()), undefined);
  });
});
