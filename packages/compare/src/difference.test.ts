import assert from "node:assert/strict";
import { test } from "node:test";
import type { Trace } from "@envoy-mesh-lab/trace";
import { makeSpan } from "@envoy-mesh-lab/trace/testing";
import { Decomposer } from "./decompose.ts";
import { compareFrames } from "./difference.ts";
import type { Means } from "./testing/samples.ts";
import { collectNow, makeTraces } from "./testing/samples.ts";

const means: Means = { app: 1e6, proxy: 1e5, leg: 2e5 };

function compare(a: [number, Means, number], b: [number, Means, number]) {
  const decomposer = new Decomposer();
  const [frameA, frameB] = [a, b].map((it) => collectNow(makeTraces(...it), { decomposer }).sample.frame());
  assert.ok(frameA && frameB);
  return compareFrames(frameA, frameB);
}

test("a slower proxy is reported, and hops that did not change are noise", () => {
  const found = compare([300, means, 1], [300, { ...means, proxy: 3e5 }, 2]);
  const verdicts = new Map(found.map((it) => [it.key, it.verdict]));
  assert.equal(verdicts.get("proxy"), "slower");
  assert.equal(verdicts.get("proxy backend-proxy inbound"), "slower");
  assert.equal(verdicts.get("proxy gateway-proxy outbound"), "slower");
  assert.equal(verdicts.get("app backend"), "noise");
  assert.equal(verdicts.get("network backend-proxy inbound → backend"), "noise");
  const proxy = found.find((it) => it.key === "proxy backend-proxy inbound");
  const { low = 0, high = 0 } = proxy?.difference ?? {};
  assert.ok(low < 2e5 && 2e5 < high, `${low} to ${high}`);
});

test("the same the other way round is faster", () => {
  const found = compare([300, { ...means, proxy: 3e5 }, 2], [300, means, 1]);
  assert.equal(found.find((it) => it.key === "proxy")?.verdict, "faster");
});

test("when nothing differs, hardly any comparison of many lines calls a line different", () => {
  const trials = 60;
  let wrong = 0;
  for (let seed = 1; seed <= trials; seed++) {
    const found = compare([40, means, seed], [40, means, seed + 1000]);
    if (found.some((it) => it.verdict !== "noise")) wrong++;
  }
  // 5 % of 60 are 3; more than 9 would come once in a thousand times. A test line by line would be wrong some 20 times.
  assert.ok(wrong <= 9, `${wrong} of ${trials}`);
});

test("sides of very different size are compared, in blocks too", () => {
  const found = compare([2500, means, 5], [1200, { ...means, app: 1.3e6 }, 6]);
  assert.equal(found.find((it) => it.key === "app backend")?.verdict, "slower");
  assert.equal(found.find((it) => it.key === "proxy backend-proxy inbound")?.verdict, "noise");
});

test("the differences of the hops, and of the roles, add up to that of the whole", () => {
  const found = compare([80, means, 1], [90, { ...means, leg: 5e5 }, 2]);
  const sum = (of: string) =>
    found.filter((it) => it.of === of).reduce((all, it) => all + it.difference.value, 0);
  assert.ok(Math.abs(sum("hop") - sum("total")) < 1e-3);
  assert.ok(Math.abs(sum("role") - sum("total")) < 1e-3);
});

test("with too few traces to tell, nothing is said of noise; with four on each side it is", () => {
  const one = compare([1, means, 1], [9, means, 2]);
  assert.ok(
    one.every((it) => it.verdict === "unknown" && it.p === undefined && it.difference.low === undefined),
  );
  const slow = { ...means, app: 1e9 };
  const three = compare([3, means, 1], [3, slow, 2]);
  assert.ok(three.every((it) => it.verdict === "unknown" && it.p === undefined));
  assert.ok(three.every((it) => it.difference.low !== undefined));
  // Times as unlike as this are told as soon as the ways to deal four and four allow it.
  const traces = (ns: number) => [0, 1, 2, 3].map((i) => alone(`${ns} ${i}`, ns + i));
  const decomposer = new Decomposer();
  const [a, b] = [traces(1000), traces(9000)].map((it) => collectNow(it, { decomposer }).sample.frame());
  assert.ok(a && b);
  assert.ok(compareFrames(a, b).every((it) => it.verdict === "slower"));
});

function alone(traceId: string, ns: number): Trace {
  return { traceId, spans: [makeSpan({ traceId, spanId: "1", startNs: 0n, endNs: BigInt(ns) })] };
}

test("a hop that is on one side only differs by all of its time", () => {
  const decomposer = new Decomposer();
  const traces = makeTraces(30, means, 1);
  const cut = traces.map((it) => ({ ...it, spans: it.spans.slice(0, 2) }));
  const [a, b] = [traces, cut].map((it) => collectNow(it, { decomposer }).sample.frame());
  assert.ok(a && b);
  const backend = compareFrames(a, b).find((it) => it.key === "app backend");
  assert.equal(backend?.b, 0);
  assert.equal(backend?.verdict, "faster");
});
