import assert from "node:assert/strict";
import { test } from "node:test";
import { makeTrace } from "@envoy-mesh-lab/trace/testing";
import { decompose } from "./decompose.ts";
import { byKey, partsOf, span } from "./testing/made-span.ts";

// Traces as other products make them. Clocks of other services differ, so their times are anything.

test("an INTERNAL span beside a call does not hide it, though it ends last (Spring Cloud Gateway)", () => {
  const parts = partsOf(
    span("1", undefined, "server", [0, 3300]),
    span("2", "1", "internal", [100, 3290]),
    span("3", "1", "client", [200, 3100]),
    span("4", "3", "server", [0, 2700], { service: "b" }),
  );
  assert.deepEqual(parts, { "app a": 400, "network a → b": 200, "app b": 2700 });
});

test("INTERNAL spans after the call, as ASGI's http send, are the application's own work", () => {
  const parts = partsOf(
    span("1", undefined, "server", [0, 1000]),
    span("2", "1", "client", [100, 800]),
    span("3", "1", "internal", [850, 900]),
    span("4", "1", "internal", [910, 1000]),
    span("5", "2", "server", [0, 600], { service: "b" }),
  );
  assert.deepEqual(parts, { "app a": 300, "network a → b": 100, "app b": 600 });
});

test("a call below an INTERNAL span that has ended already still takes its time (middleware of Express)", () => {
  const parts = partsOf(
    span("1", undefined, "server", [0, 1000]),
    span("2", "1", "internal", [10, 20]),
    span("3", "2", "client", [100, 900]),
    span("4", "3", "server", [0, 700], { service: "b" }),
  );
  assert.deepEqual(parts, { "app a": 200, "network a → b": 100, "app b": 700 });
});

test("calls of two layers in one process, as gRPC over HTTP, are divided once", () => {
  const parts = partsOf(
    span("1", undefined, "server", [0, 1000]),
    span("2", "1", "client", [100, 900]),
    span("3", "2", "internal", [110, 890]),
    span("4", "3", "client", [150, 850]),
    span("5", "4", "server", [0, 600], { service: "b" }),
  );
  assert.deepEqual(parts, { "app a": 200, "client a": 100, "network a → b": 100, "app b": 600 });
});

test("one clock and many services of one process, as Jaeger's HotRod: a store's span is its own", () => {
  const host = (service: string) => ({ resource: { "service.name": service, "host.name": "one" } });
  const parts = partsOf(
    span("1", undefined, "server", [0, 1000], host("frontend")),
    span("2", "1", "client", [10, 310], host("frontend")),
    span("3", "2", "server", [20, 300], host("customer")),
    span("4", "3", "client", [30, 290], host("mysql")),
    span("5", "1", "internal", [320, 900], host("frontend")),
    span("6", "5", "client", [320, 500], host("frontend")),
    span("7", "5", "client", [330, 600], host("frontend")),
    span("8", "5", "client", [505, 700], host("frontend")),
  );
  assert.deepEqual(parts, {
    "app frontend": 320,
    "network frontend → customer": 20,
    "app customer": 20,
    "waiting mysql → peer (no span)": 260,
    // 320 to 500 and 505 to 700; from 500 to 505 the second of the parallel calls was open.
    "waiting frontend → peer (no span)": 380,
  });
});

test("an answer that hangs beside its call goes into it, on one clock and on two", () => {
  const beside = (offset: number, host: object) =>
    partsOf(
      span("1", undefined, "server", [0, 3300], { resource: { "service.name": "a", ...host } }),
      span("2", "1", "client", [100, 300], {
        resource: { "service.name": "a", ...host },
        attributes: { "db.system": "redis" },
      }),
      span("3", "1", "client", [500, 3100], { resource: { "service.name": "a", ...host } }),
      span("4", "1", "server", [offset + 600, offset + 3000], {
        resource: { "service.name": "b", ...host },
      }),
    );
  const expected = {
    "app a": 500,
    "waiting a → redis (no span)": 200,
    "network a → b": 200,
    "app b": 2400,
  };
  assert.deepEqual(beside(0, { "host.name": "one" }), expected);
  assert.deepEqual(beside(7_000_000, {}), expected);
});

test("answers that hang beside their calls keep their order, and names decide between calls that would do", () => {
  const host = { resource: { "service.name": "b", "host.name": "two" } };
  const inOrder = decompose(
    makeTrace(
      span("1", undefined, "server", [0, 1000]),
      span("2", "1", "client", [100, 300]),
      span("3", "1", "client", [600, 900]),
      span("4", "1", "server", [9100, 9250], host),
      span("5", "1", "server", [9600, 9780], host),
    ),
  );
  assert.deepEqual(byKey(inOrder.parts), { "app a": 500, "network a → b": 170, "app b": 330 });
  assert.equal(inOrder.notes.adopted, 2);
  assert.equal(inOrder.notes.guessed, 0);
  const named = decompose(
    makeTrace(
      span("1", undefined, "server", [0, 1000]),
      span("2", "1", "client", [100, 400], { attributes: { "peer.service": "c" } }),
      span("3", "1", "client", [500, 800], { attributes: { "server.address": "b.shop.svc" } }),
      span("4", "1", "server", [0, 250], { service: "b" }),
    ),
  );
  assert.deepEqual(byKey(named.parts), {
    "app a": 400,
    "waiting a → c (no span)": 300,
    "network a → b": 50,
    "app b": 250,
  });
  assert.equal(named.notes.guessed, 0);
});

test("of answers that several calls hold as well, the guess is reported", () => {
  const { notes } = decompose(
    makeTrace(
      span("1", undefined, "server", [0, 1000]),
      span("2", "1", "client", [100, 400]),
      span("3", "1", "client", [500, 800]),
      span("4", "1", "server", [0, 250], { service: "b" }),
    ),
  );
  assert.deepEqual([notes.adopted, notes.guessed], [1, 1]);
});

test("of parallel calls that return at the same moment the longest is on the path, as clocks of milliseconds have them", () => {
  const parts = partsOf(
    span("1", undefined, "server", [0, 150]),
    span("2", "1", "client", [10, 110]),
    span("3", "2", "server", [20, 100], { service: "b" }),
    span("4", "1", "client", [30, 110]),
    span("5", "4", "server", [40, 100], { service: "c" }),
    // One without duration stands in nobody's way.
    span("6", "1", "client", [110, 110]),
  );
  assert.deepEqual(parts, { "app a": 50, "network a → b": 20, "app b": 80 });
});

test("an answer that two clocks put outside of its call counts as inside, and is reported with by how much", () => {
  // The way of the call is 5 ms each, however far the clock of b is ahead or behind.
  const answered = (from: number, step: boolean) =>
    makeTrace(
      span("1", undefined, "server", [0, 60e6]),
      span("2", "1", "client", [5e6, 55e6]),
      ...(step ? [span("4", "2", "internal", [5e6, 55e6])] : []),
      span("3", step ? "4" : "2", "server", [from, from + 40e6], { service: "b" }),
    );
  for (const step of [false, true]) {
    for (const [from, outside, by] of [
      [10e6, 0, 0],
      [26e6, 1, 11e6],
      [2e6, 1, 3e6],
      // Less is no more than clocks differ by that are kept together.
      [15.9e6, 0, 0],
    ] as const) {
      const { parts, notes } = decompose(answered(from, step));
      assert.deepEqual(byKey(parts), { "app a": 10e6, "network a → b": 10e6, "app b": 40e6 });
      assert.deepEqual([notes.outside, notes.outsideNs], [outside, by]);
    }
  }
});

test("an answer without a call goes where no other call is, and is reported when it fits nowhere", () => {
  const beside = (took: number) =>
    decompose(
      makeTrace(
        span("1", undefined, "server", [0, 1000]),
        span("2", "1", "client", [100, 500]),
        span("3", "2", "server", [0, 300], { service: "b" }),
        span("4", "1", "server", [0, took], { service: "c" }),
      ),
    );
  const fits = beside(450);
  assert.deepEqual(byKey(fits.parts), { "app a": 150, "network a → b": 100, "app b": 300, "app c": 450 });
  assert.equal(fits.notes.crowded, 0);
  const crowded = beside(600);
  assert.deepEqual([crowded.notes.crowded, crowded.notes.crowdedNs], [1, 600]);
});

test("answers of other clocks without calls are reported as laid one after the other", () => {
  const { notes } = decompose(
    makeTrace(
      span("1", undefined, "server", [0, 1000]),
      span("2", "1", "server", [0, 200], { service: "b" }),
      span("3", "1", "server", [0, 300], { service: "c" }),
    ),
  );
  assert.deepEqual([notes.laidOut, notes.laidOutNs, notes.crowded], [2, 500, 0]);
});

test("answers of one other clock keep their distances, so that what was parallel stays parallel", () => {
  const host = { resource: { "service.name": "b", "host.name": "two" } };
  const parts = partsOf(
    span("1", undefined, "server", [0, 1000]),
    span("2", "1", "server", [5000, 5400], host),
    span("3", "1", "server", [5000, 5390], host),
  );
  assert.deepEqual(parts, { "app a": 600, "app b": 400 });
});

test("work after a root of 26 µs is reported until the last span, and nobody gets what no span tells", () => {
  const { totalNs, parts, untilLast } = decompose(
    makeTrace(
      span("1", undefined, "internal", [0, 26_000]),
      span("2", "1", "internal", [126_000, 500_000]),
      span("3", "2", "client", [200_000, 450_000]),
      span("4", "3", "server", [0, 240_000], { service: "b" }),
      span("5", "1", "client", [500_000, 727_000], { attributes: { "db.system": "mysql" } }),
    ),
  );
  assert.equal(totalNs, 26_000);
  assert.deepEqual(byKey(parts), { "app a": 26_000 });
  assert.equal(untilLast?.totalNs, 727_000);
  assert.deepEqual(byKey(untilLast?.parts ?? []), {
    "app a": 150_000,
    "unknown a": 100_000,
    "network a → b": 10_000,
    "app b": 240_000,
    "waiting a → mysql (no span)": 227_000,
  });
});

test("a message that lies in a queue is waiting until the last span, and no part of the answer", () => {
  const host = (service: string) => ({ resource: { "service.name": service, "host.name": "one" } });
  const { parts, untilLast } = decompose(
    makeTrace(
      span("1", undefined, "server", [0, 100], host("a")),
      span("2", "1", "producer", [50, 60], host("a")),
      span("3", "2", "consumer", [460, 960], host("b")),
    ),
  );
  assert.deepEqual(byKey(parts), { "app a": 90, "client a": 10 });
  assert.deepEqual(byKey(untilLast?.parts ?? []), {
    "app a": 50,
    "client a": 10,
    "waiting a → b": 400,
    "app b": 500,
  });
});

test("a browser below the server that made its page does not take the server's time", () => {
  const { parts, untilLast, notes } = decompose(
    makeTrace(
      span("1", undefined, "server", [0, 200]),
      span("2", "1", "internal", [9000, 11_000], { service: "browser" }),
      span("3", "2", "client", [9500, 10_500], { service: "browser" }),
      span("4", "3", "server", [300, 1200]),
    ),
  );
  assert.deepEqual(byKey(parts), { "app a": 200 });
  assert.equal(notes.asynchronous, 1);
  assert.equal(byKey(untilLast?.parts ?? [])["app browser"], 1000);
});

test("beside a call without an end, time is unknown and not the application's work", () => {
  const trace = makeTrace(
    span("1", undefined, "server", [0, 1000]),
    span("2", "1", "client", [300, 300]),
    span("3", "1", "client", [700, 900]),
  );
  const { parts, notes } = decompose({
    ...trace,
    quirks: [{ code: "no-end", message: "", spanIds: trace.spans.slice(1, 2).map((it) => it.spanId) }],
  });
  assert.deepEqual(byKey(parts), { "app a": 300, "unknown a": 500, "waiting a → peer (no span)": 200 });
  assert.equal(notes.untimed, 1);
});

test("the phases and plugins of a proxy with one span are its own time, the rest is not told apart", () => {
  const proxy = { service: "p", direction: "inbound" };
  const parts = partsOf(
    span("1", undefined, "server", [0, 1000], proxy),
    span("2", "1", "internal", [10, 100], proxy),
    span("3", "2", "internal", [20, 50], proxy),
    span("4", "1", "internal", [950, 990], proxy),
    span("5", "1", "server", [0, 700], { service: "b" }),
  );
  assert.deepEqual(parts, { "proxy p inbound": 130, "mixed p inbound → b": 170, "app b": 700 });
});

test("a proxy that reached no upstream spent the time itself, one that was reset waited", () => {
  const proxy = (flags: string) => ({
    service: "p",
    direction: "outbound",
    attributes: { response_flags: flags },
  });
  const alone = (flags: string) =>
    partsOf(
      span("1", undefined, "server", [0, 1000], proxy(flags)),
      span("2", "1", "client", [100, 900], proxy(flags)),
    );
  for (const flags of ["UH", "UF,URX", "NR"]) assert.deepEqual(alone(flags), { "proxy p outbound": 1000 });
  assert.deepEqual(alone("UR"), {
    "proxy p outbound": 200,
    "waiting p outbound → peer (no span)": 800,
  });
});

test("a gateway that works for nobody in particular is not its caller's own proxy", () => {
  const trace = makeTrace(
    span("1", undefined, "client", [0, 1000]),
    span("2", "1", "server", [0, 800], { service: "gateway" }),
  );
  const { parts } = decompose(trace, () => ({ spanId }) => ({
    role: spanId === "2" ? "proxy" : "app",
    evidence: [],
  }));
  assert.deepEqual(byKey(parts), { "network a → gateway (proxy)": 200, "mixed gateway (proxy)": 800 });
});

test("a connection that stays open after its handshake is no network time; one that its server holds is the server's", () => {
  const upgraded = { attributes: { "http.response.status_code": 101 } };
  const handshake = partsOf(
    span("1", undefined, "client", [0, 1000], upgraded),
    span("2", "1", "server", [0, 10], { service: "b" }),
  );
  assert.deepEqual(handshake, { "unknown a → b": 990, "app b": 10 });
  const held = partsOf(
    span("1", undefined, "client", [0, 1000], upgraded),
    span("2", "1", "server", [0, 990], { service: "b" }),
  );
  assert.deepEqual(held, { "network a → b": 10, "app b": 990 });
});
