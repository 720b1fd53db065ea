import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { makeTrace, recordedTrace } from "@envoy-mesh-lab/trace/testing";
import { Decomposer } from "./decompose.ts";
import type { EdgeCall } from "./edge-calls.ts";
import { edgeCalls } from "./edge-calls.ts";
import { span } from "./testing/made-span.ts";

const named = ({ from, to, peers }: EdgeCall) =>
  `${from?.service ?? "outside"} > ${to?.service ?? `nobody (${peers})`}`;

suite("the calls of a trace as edges", () => {
  test("a call has the calling side's duration, and whose time it was", () => {
    const calls = edgeCalls(
      new Decomposer(),
      makeTrace(
        span("1", undefined, "client", [0, 100], { service: "a" }),
        span("2", "1", "server", [10, 90], { service: "b" }),
        span("3", "2", "client", [20, 60], { service: "b" }),
        span("4", "3", "server", [30, 50], { service: "c" }),
      ),
    );
    assert.deepEqual(calls.map(named), ["a > b", "b > c"]);
    assert.deepEqual(
      calls.map(({ durationNs, appNs, proxyNs }) => [durationNs, appNs, proxyNs]),
      // b works 80 - 40, and c 20.
      [
        [100, 60, 0],
        [40, 20, 0],
      ],
    );
  });

  test("a caller that reports nothing is outside", () => {
    const spans = [span("2", "1", "server", [10, 90], { service: "b" })];
    const [call] = edgeCalls(new Decomposer(), makeTrace(...spans));
    assert.equal(call?.from, undefined);
    assert.equal(call?.durationNs, 80);
  });

  test("a call that nobody is seen to answer says whom it asked, and that it failed", () => {
    const asked = { "rpc.service": "kitchen" };
    const failed = { status: { code: "error" as const }, attributes: asked };
    const [first, second] = edgeCalls(
      new Decomposer(),
      makeTrace(
        span("1", undefined, "server", [0, 50], { service: "a" }),
        span("2", "1", "client", [10, 40], { service: "a", ...failed }),
      ),
    );
    assert.deepEqual([named(first as EdgeCall), first?.isError], ["outside > a", false]);
    assert.deepEqual([named(second as EdgeCall), second?.isError], ["a > nobody (kitchen)", true]);
  });

  test("each pass of a sidecar is an edge of its own", () => {
    const calls = edgeCalls(new Decomposer(), recordedTrace("whole"));
    assert.deepEqual(calls.map(named), [
      "outside > edge",
      "edge > gateway-proxy",
      "gateway-proxy > gateway",
      "gateway > gateway-proxy",
      "gateway-proxy > backend-proxy",
      "backend-proxy > backend",
    ]);
    for (const { durationNs, proxyNs, appNs } of calls) assert.ok(proxyNs + appNs <= durationNs);
  });
});
