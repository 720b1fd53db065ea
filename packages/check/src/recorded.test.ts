import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { expectedHopsFile } from "@envoy-mesh-lab/bootstrap";
import type { Trace } from "@envoy-mesh-lab/trace";
import { indexTrace } from "@envoy-mesh-lab/trace";
import { readFileNow } from "@envoy-mesh-lab/trace/node";
import { recordedFolder } from "@envoy-mesh-lab/trace/testing";
import { checkTrace } from "./check.ts";
import { checkTraces } from "./check-traces.ts";
import { readExpected } from "./read-expected.ts";
import { applyRules } from "./rules/index.ts";

// Traces of meshes that were really broken; test/recorded/record.ts says how, and records them anew.
const folder = `${recordedFolder}/`;
const expected = readExpected(expectedHopsFile);
const readTraceFiles = (file: string) => readFileNow(file, { notice: (text) => assert.fail(text) });

/** What is to be found in each trace: the code, and the edge that is wrong. */
const findings: Record<string, [string, string][]> = {
  whole: [],
  "no-tracer": [["hop.missing", "gateway CLIENT > backend-proxy inbound SERVER"]],
  "one-span-proxy": [["hop.missing", "gateway CLIENT > gateway-proxy outbound CLIENT"]],
  "sampled-out": [["context.lost", "gateway CLIENT > gateway-proxy outbound SERVER"]],
  "cut-off": [["hop.cut-off", "gateway CLIENT > backend SERVER"]],
  "injected-early": [["hop.sibling", "gateway CLIENT > gateway-proxy outbound SERVER"]],
  "not-injected": [["context.lost", "gateway CLIENT > gateway-proxy outbound SERVER"]],
};

/** What the rules find in each without knowing the lab's hops. */
const byRules: Record<string, [string, string][]> = {
  whole: [],
  "no-tracer": [["hop.missing", "gateway CLIENT > backend-proxy inbound SERVER"]],
  "one-span-proxy": [["kind.one-span-proxy", "gateway CLIENT > gateway-proxy outbound CLIENT"]],
  "one-span-inbound": [["kind.one-span-proxy", "gateway-proxy inbound SERVER > gateway SERVER"]],
  "sampled-out": [["context.lost", "gateway CLIENT > gateway-proxy outbound"]],
  "cut-off": [["hop.cut-off", "gateway CLIENT > backend SERVER"]],
  "half-sampled": [["sampling.mixed", "gateway CLIENT > ?"]],
  "injected-early": [["hop.sibling", "gateway CLIENT > gateway-proxy outbound SERVER"]],
  "not-injected": [["context.lost", "gateway CLIENT > gateway-proxy outbound SERVER"]],
  "not-extracted": [["context.lost", "backend-proxy inbound CLIENT > backend SERVER"]],
  "handler-loses-context": [["context.lost", "gateway SERVER > gateway CLIENT"]],
  "span-ends-early": [["time.outlives-parent", "gateway CLIENT > gateway-proxy outbound SERVER"]],
  "clock-ahead": [["time.clock-skew", "backend-proxy inbound CLIENT > backend SERVER"]],
  retried: [["retry.hidden", "gateway-proxy outbound SERVER > gateway-proxy outbound CLIENT"]],
  // Envoy 1.40 puts the flag UT on its SERVER span only.
  "route-timeout": [
    ["deadline.proxy-first", "gateway-proxy outbound SERVER > gateway-proxy outbound CLIENT"],
  ],
  "route-timeout-grpc": [
    ["deadline.proxy-first", "gateway-proxy outbound SERVER > gateway-proxy outbound CLIENT"],
  ],
  // The caller, which hit its deadline first, is no part of the trace.
  "app-deadline": [["deadline.caller-left", "edge inbound SERVER > edge inbound CLIENT"]],
  "app-deadline-grpc": [["deadline.caller-left", "edge inbound SERVER > edge inbound CLIENT"]],
  "callee-deadline": [["deadline.app-first", "backend-proxy inbound CLIENT > backend SERVER"]],
  "gateway-gives-up": [["deadline.app-first", "gateway CLIENT > gateway-proxy outbound SERVER"]],
  // Envoy sees Connect's unary errors by their HTTP status and gRPC's by their trailers.
  "unary-error": [],
  "unary-error-grpc": [],
  "unary-error-grpc-web": [["status.unseen-by-proxy", "backend-proxy inbound CLIENT > backend SERVER"]],
  "stream-error-connect": [["status.unseen-by-proxy", "backend-proxy inbound CLIENT > backend SERVER"]],
  "stream-error-grpc": [],
  "stream-error-grpc-web": [["status.unseen-by-proxy", "backend-proxy inbound CLIENT > backend SERVER"]],
};

for (const [name, found] of Object.entries(byRules)) {
  test(`recorded trace, by the rules alone: ${name}`, async () => {
    const report = await checkTraces(readFileNow(`${folder}${name}.json`, { notice: assert.fail }));
    assert.deepEqual(
      report.reports.flatMap((it) => it.findings).map((it) => [it.code, it.edge]),
      found,
    );
  });
}

for (const [name, found] of Object.entries(findings)) {
  test(`recorded trace: ${name}`, () => {
    const [trace] = readFileNow(`${folder}${name}.json`, { notice: assert.fail });
    assert.ok(trace);
    assert.deepEqual(
      checkTrace(trace, expected).map((it) => [it.code, it.edge]),
      found,
    );
  });
}

/** What is found in a trace, and of the first finding between how many milliseconds a clock is off. */
function skewOf(trace: Trace): { codes: string[]; evidence: string; least: number; most: number } {
  const found = applyRules(indexTrace(trace));
  const evidence = found[0]?.evidence ?? "";
  const [, middle, unit, around, aroundUnit] =
    /by about ([\d.]+) (ms|s), give or take ([\d.]+) (ns|µs|ms|s) /.exec(evidence) ?? [];
  const factor: Record<string, number> = { ns: 1e-6, µs: 1e-3, ms: 1, s: 1000 };
  const ms = (value = "", of = "") => Number(value) * (factor[of] ?? Number.NaN);
  return {
    codes: found.map((it) => it.code),
    evidence,
    least: ms(middle, unit) - ms(around, aroundUnit),
    most: ms(middle, unit) + ms(around, aroundUnit),
  };
}

test("a recorded trace of which one process's times were moved afterwards: the offset is found again", () => {
  const [whole] = readTraceFiles(`${folder}whole.json`) as [Trace];
  const moved = (service: string, ms: number): Trace => ({
    ...whole,
    spans: whole.spans.map((it) => {
      const by = it.resource["service.name"] === service ? BigInt(ms) * 1_000_000n : 0n;
      return { ...it, startNs: it.startNs + by, endNs: it.endNs + by };
    }),
  });
  for (const service of ["backend", "gateway"]) {
    assert.deepEqual(skewOf(moved(service, 1)).codes, [], "too little to be sure of");
    for (const ms of [-3000, -80, 80, 3000]) {
      const { codes, evidence, least, most } = skewOf(moved(service, ms));
      assert.deepEqual(codes, ["time.clock-skew"], `${service} ${ms}`);
      assert.match(evidence, new RegExp(`clock of ${ms > 0 ? `${service} ` : `${service}-proxy`}`));
      // As they are printed, seconds have two digits after the point.
      assert.ok(least <= Math.abs(ms) + 5 && most >= Math.abs(ms) - 5, evidence);
    }
  }
});

test("a clock that is really 80 ms ahead is reported with an estimate that holds it", () => {
  const [trace] = readTraceFiles(`${folder}clock-ahead.json`) as [Trace];
  const { evidence, least, most } = skewOf(trace);
  assert.match(evidence, /clock of backend .*is ahead of backend-proxy/);
  // The service's start times are in whole milliseconds.
  assert.ok(least <= 81 && most >= 79, evidence);
});

test("rules and expectation together tell each thing once", async () => {
  for (const name of Object.keys(byRules)) {
    const report = await checkTraces(readTraceFiles(`${folder}${name}.json`), { expected });
    for (const { traceId, findings: told } of report.reports) {
      const things = told.map((it) => `${it.code} ${it.spanIds[0]}`);
      assert.deepEqual(things, [...new Set(things)], `${name}, trace ${traceId}`);
    }
  }
});

test("every recorded trace has its expectation", () => {
  const recorded = readdirSync(folder).map((it) => it.replace(/\.json$/, ""));
  assert.deepEqual(recorded.sort(), Object.keys(byRules).sort());
});
