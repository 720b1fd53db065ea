import assert from "node:assert/strict";
import { test } from "node:test";
import type { SpanKind } from "@envoy-mesh-lab/trace";
import { makeTrace, recordedTrace } from "@envoy-mesh-lab/trace/testing";
import { decompose } from "./decompose.ts";
import { hopKey } from "./hop.ts";
import { partsOf, span } from "./testing/made-span.ts";

test("calls one after the other are all on the path, and the rest is the caller's work", () => {
  const parts = partsOf(
    span("1", undefined, "server", [0, 1000]),
    span("2", "1", "client", [100, 300]),
    span("3", "2", "server", [0, 150], { service: "b" }),
    span("4", "1", "client", [400, 900]),
    span("5", "4", "server", [0, 450], { service: "b" }),
  );
  assert.deepEqual(parts, { "app a": 300, "network a → b": 100, "app b": 600 });
});

test("of parallel calls the last to return is on the path; while only the other one is open, it is waiting", () => {
  const parts = partsOf(
    span("1", undefined, "server", [0, 1000]),
    span("2", "1", "client", [100, 600]),
    span("3", "1", "client", [300, 900]),
    span("4", "3", "server", [0, 600], { service: "b" }),
  );
  // 0 to 100 and 900 to 1000 are work; from 100 to 300 the first call is open, and from 300 on it is the second's time.
  assert.deepEqual(parts, { "app a": 200, "waiting a → peer (no span)": 200, "app b": 600 });
});

test("siblings may overlap by 1 % of their parent and still follow each other", () => {
  const host = (service: string) => ({ resource: { "service.name": service, "host.name": "one" } });
  const overlapping = (to: number) =>
    partsOf(
      span("1", undefined, "server", [0, 1000], host("a")),
      span("2", "1", "internal", [0, to], host("b")),
      span("3", "1", "internal", [500, 1000], host("c")),
    );
  assert.deepEqual(overlapping(510), { "app b": 500, "app c": 500 });
  assert.deepEqual(overlapping(511), { "waiting a → b": 500, "app c": 500 });
});

test("a child that outlives its parent is cut off, and left out if most of it lies after its end", () => {
  const outliving = (kind: SpanKind, to: number) =>
    partsOf(span("1", undefined, kind, [0, 1000]), span("2", "1", "client", [500, to]));
  assert.deepEqual(outliving("server", 1500), { "app a": 500, "waiting a → peer (no span)": 500 });
  assert.deepEqual(outliving("server", 1501), { "app a": 1000 });
  // The asking side waits for as long as its span lasts, whatever happens then.
  assert.deepEqual(outliving("client", 3000), { "client a": 500, "waiting a → peer (no span)": 500 });
  const { notes } = decompose(
    makeTrace(
      span("1", undefined, "server", [0, 1000]),
      span("2", "1", "client", [900, 3000]),
      span("3", "1", "client", [500, 1010]),
    ),
  );
  assert.equal(notes.asynchronous, 1);
  assert.equal(notes.outlivedNs, 10);
});

test("an answer that took longer than its call leaves a leg of 0, and the excess is reported", () => {
  const trace = makeTrace(
    span("1", undefined, "client", [0, 1000]),
    span("2", "1", "server", [7_000_000, 7_001_250], { service: "b" }),
  );
  const { parts, notes } = decompose(trace);
  assert.deepEqual(
    parts.map(({ hop, ns }) => [hopKey(hop), ns]),
    [["app b", 1000]],
  );
  assert.equal(notes.excessNs, 250);
});

test("siblings on other clocks are ordered by their callers' clock, whatever their own says", () => {
  const parts = (offset: number) =>
    partsOf(
      span("1", undefined, "server", [0, 1000]),
      span("2", "1", "client", [0, 400]),
      span("3", "1", "client", [500, 1000]),
      span("4", "2", "server", [offset, offset + 300], { service: "b" }),
      span("5", "3", "server", [-offset, -offset + 300], { service: "c" }),
    );
  const expected = {
    "app a": 100,
    "network a → b": 100,
    "app b": 300,
    "network a → c": 200,
    "app c": 300,
  };
  assert.deepEqual(parts(0), expected);
  assert.deepEqual(parts(987_654_321), expected);
});

test("answering spans right below a span without calls between them follow each other if they fit", () => {
  const below = (took: number) =>
    partsOf(
      span("1", undefined, "server", [0, 1000]),
      span("2", "1", "server", [5000, 5000 + took], { service: "b" }),
      span("3", "1", "server", [900, 900 + took], { service: "c" }),
    );
  assert.deepEqual(below(400), { "app a": 200, "app b": 400, "app c": 400 });
  // They do not fit, so they lie upon each other; the one with the smaller id is taken.
  assert.deepEqual(below(600), { "app a": 400, "app b": 600 });
});

test("one proxy span a hop is not divided between the proxy and the leg", () => {
  const parts = partsOf(
    span("1", undefined, "client", [0, 1000]),
    span("2", "1", "client", [0, 900], { service: "a-proxy", direction: "outbound" }),
    span("3", "2", "server", [0, 700], { service: "b-proxy", direction: "inbound" }),
    span("4", "3", "server", [0, 600], { service: "b" }),
  );
  assert.deepEqual(parts, {
    "client a → a-proxy outbound": 100,
    "mixed a-proxy outbound → b-proxy inbound": 200,
    "mixed b-proxy inbound → b": 100,
    "app b": 600,
  });
});

test("the time between an inbound and an outbound proxy of one workload is its application's, also without its spans", () => {
  const two = { "mesh.proxy.workload": "b", "service.name": "b-proxy" };
  const parts = partsOf(
    span("1", undefined, "server", [0, 1000], {
      direction: "inbound",
      resource: { ...two, "mesh.proxy.direction": "inbound" },
    }),
    span("2", "1", "client", [50, 950], {
      direction: "inbound",
      resource: { ...two, "mesh.proxy.direction": "inbound" },
    }),
    span("3", "2", "server", [0, 300], {
      direction: "outbound",
      resource: { ...two, "mesh.proxy.direction": "outbound" },
    }),
    span("4", "3", "client", [20, 280], {
      direction: "outbound",
      resource: { ...two, "mesh.proxy.direction": "outbound" },
    }),
  );
  assert.deepEqual(parts, {
    "proxy b-proxy inbound": 100,
    "app b (no span)": 600,
    "proxy b-proxy outbound": 40,
    "waiting b-proxy outbound → peer (no span)": 260,
  });
});

test("a sidecar with its application's name, and nothing that tells its direction, is still told apart", () => {
  const trace = makeTrace(
    span("1", undefined, "server", [0, 1000]),
    span("2", "1", "client", [100, 900]),
    span("3", "2", "server", [0, 700]),
    span("4", "3", "client", [50, 650]),
  );
  const { parts } = decompose(trace, () => ({ spanId }) => ({
    role: spanId < "3" ? "app" : "proxy",
    evidence: [],
  }));
  assert.deepEqual(Object.fromEntries(parts.map(({ hop, ns }) => [hopKey(hop), ns])), {
    "app a": 200,
    "client a → a (proxy)": 100,
    "proxy a (proxy)": 100,
    "waiting a (proxy) → peer (no span)": 600,
  });
});

test("a proxy that answers by itself says so; one that does not may hide an application", () => {
  const alone = (flags: string) =>
    partsOf(
      span("1", undefined, "server", [0, 1000], {
        service: "p",
        direction: "inbound",
        attributes: { response_flags: flags },
      }),
    );
  assert.deepEqual(alone("FI"), { "proxy p inbound": 1000 });
  assert.deepEqual(alone("-"), { "mixed p inbound": 1000 });
});

test("of several trees the root with the most spans counts, and the rest is reported", () => {
  const trace = makeTrace(
    span("1", undefined, "server", [0, 9000]),
    span("2", undefined, "server", [0, 1000]),
    span("3", "2", "internal", [0, 1000]),
    span("4", "gone", "server", [0, 1000]),
  );
  const { totalNs, notes } = decompose(trace);
  assert.equal(totalNs, 1000);
  assert.equal(notes.detached, 2);
});

test("a trace without a root is taken from the span whose parent is missing", () => {
  const { totalNs, parts } = decompose(makeTrace(span("1", "gone", "server", [0, 700])));
  assert.equal(totalNs, 700);
  assert.deepEqual(
    parts.map((it) => hopKey(it.hop)),
    ["app a"],
  );
});

test("spans that take no time, end before they start or are not there make no parts", () => {
  assert.deepEqual(partsOf(span("1", undefined, "server", [5, 5])), {});
  assert.equal(decompose(makeTrace(span("1", undefined, "server", [9, 5]))).notes.negative, 1);
  assert.deepEqual(decompose(makeTrace()).parts, []);
});

test("a chain of 100,000 spans does not overflow the stack", () => {
  const spans = Array.from({ length: 100_000 }, (_, i) =>
    span(`${i}`, i === 0 ? undefined : `${i - 1}`, "internal", [i, 300_000 - i]),
  );
  const { totalNs, parts } = decompose(makeTrace(...spans));
  assert.deepEqual(
    parts.map((it) => it.ns),
    [totalNs],
  );
});

// Traces of real meshes, see ../check/recorded.test.ts. In a chain, each time is the difference of two spans' durations.

test("recorded trace: every hop of a whole mesh", () => {
  const { totalNs, parts } = decompose(recordedTrace("whole"));
  assert.equal(totalNs, 48_521_000);
  assert.deepEqual(
    parts.map(({ hop, ns }) => [hopKey(hop), ns]),
    [
      ["proxy edge inbound", 772_000],
      ["network edge inbound → gateway-proxy inbound", 2_596_000],
      ["proxy gateway-proxy inbound", 545_000],
      ["network gateway-proxy inbound → gateway", 13_123_337],
      ["app gateway", 7_042_865],
      ["client gateway → gateway-proxy outbound", 8_229_798],
      ["proxy gateway-proxy outbound", 712_000],
      ["network gateway-proxy outbound → backend-proxy inbound", 1_265_000],
      ["proxy backend-proxy inbound", 750_000],
      ["network backend-proxy inbound → backend", 11_992_779],
      ["app backend", 1_492_221],
    ],
  );
});

test("recorded traces: a proxy without a tracer, with one span, and a cut-off trace", () => {
  const keys = (name: string) => decompose(recordedTrace(name)).parts.map(({ hop }) => hopKey(hop));
  assert.ok(keys("no-tracer").includes("network gateway → backend-proxy inbound"));
  assert.ok(keys("one-span-proxy").includes("mixed gateway-proxy outbound → backend-proxy inbound"));
  assert.equal(keys("cut-off").at(-1), "waiting gateway → 127.0.0.1 (no span)");
});
