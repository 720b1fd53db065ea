import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { drawnTrace, recordedTrace } from "@envoy-mesh-lab/trace/testing";
import { waterfallOf } from "./waterfall.ts";

suite("a trace as a waterfall", () => {
  test("one RPC through the mesh: every span below the one before, told apart by who made it", () => {
    const { rows, from, to, totalNs } = waterfallOf(recordedTrace("whole"));
    assert.deepEqual(
      rows.map((it) => `${it.depth} ${it.maker} ${it.label} ${it.kind}`),
      [
        "0 proxy edge inbound SERVER",
        "1 proxy edge inbound CLIENT",
        "2 proxy gateway-proxy inbound SERVER",
        "3 proxy gateway-proxy inbound CLIENT",
        "4 app gateway SERVER",
        "5 client gateway CLIENT",
        "6 proxy gateway-proxy outbound SERVER",
        "7 proxy gateway-proxy outbound CLIENT",
        "8 proxy backend-proxy inbound SERVER",
        "9 proxy backend-proxy inbound CLIENT",
        "10 app backend SERVER",
      ],
    );
    assert.deepEqual(
      rows.map((it) => it.below),
      [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    );
    assert.equal(from, 0);
    assert.equal(to, totalNs);
  });

  test("the pieces of the critical path lie end to end over the time until the answer", () => {
    const { rows, totalNs, shares } = waterfallOf(recordedTrace("whole"));
    const pieces = rows.flatMap((it) => it.path).sort((a, b) => a.from - b.from);
    let end = 0;
    for (const it of pieces) {
      assert.equal(it.from, end);
      end = it.to;
    }
    assert.equal(end, totalNs);
    assert.equal(
      shares.reduce((sum, it) => sum + it.ns, 0),
      totalNs,
    );
    assert.deepEqual([...new Set(pieces.map((it) => it.role))].sort(), ["app", "client", "network", "proxy"]);
  });

  test("what hangs below another root or a missing parent is shown too, after the rest", () => {
    const trace = drawnTrace("a SERVER 0-9\n  a CLIENT 1-5\nb SERVER 2-3");
    const { rows } = waterfallOf(trace);
    assert.deepEqual(
      rows.map((it) => [it.label, it.depth, it.from, it.without]),
      [
        ["a", 0, 0, undefined],
        ["a", 1, 1_000_000, undefined],
        ["b", 0, 2_000_000, "detached"],
      ],
    );
  });

  test("a call that another one outlasts says so, and is told from the path", () => {
    const { rows } = waterfallOf(drawnTrace("a SERVER 0-10\n  a CLIENT 1-9\n  a CLIENT 2-4"));
    assert.deepEqual(
      rows.map((it) => [it.duration, it.without]),
      [
        [10_000_000, undefined],
        [8_000_000, undefined],
        [2_000_000, "outlasted"],
      ],
    );
  });

  test("a chain of 20,000 spans is laid out without a deeper stack", () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `${"  ".repeat(i)}a SERVER 0-1`);
    const trace = drawnTrace(lines.slice(0, 300).join("\n"));
    const [last] = trace.spans.slice(-1);
    let parentSpanId = last?.spanId ?? "";
    for (let i = 300; i < 20_000; i++) {
      const spanId = i.toString(16).padStart(16, "f");
      trace.spans.push({ ...(last as (typeof trace.spans)[number]), spanId, parentSpanId });
      parentSpanId = spanId;
    }
    const { rows } = waterfallOf(trace);
    assert.equal(rows.length, 20_000);
    assert.equal(rows[0]?.below, 19_999);
  });

  test("a trace without spans has no rows", () => {
    assert.deepEqual(waterfallOf({ traceId: "0af7651916cd43dd8448eb211c80319c", spans: [] }).rows, []);
  });
});
