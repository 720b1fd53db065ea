import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { readTraceFile, readTraceFiles } from "../load-trace.ts";
import { checkTrace } from "./check.ts";
import { checkTraces } from "./check-traces.ts";
import { expectedHopsFile, readExpected } from "./expected.ts";

// Traces of meshes that were really broken; test/recorded/record.ts says how, and records them anew.
const folder = new URL("recorded/", import.meta.url).pathname;
const expected = readExpected(expectedHopsFile);

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
  "sampled-out": [["context.lost", "gateway CLIENT > gateway-proxy outbound"]],
  "cut-off": [["hop.cut-off", "gateway CLIENT > backend SERVER"]],
  "injected-early": [["hop.sibling", "gateway CLIENT > gateway-proxy outbound SERVER"]],
  "not-injected": [["context.lost", "gateway CLIENT > gateway-proxy outbound"]],
  "half-sampled": [["sampling.mixed", "gateway CLIENT > ?"]],
  "route-timeout": [
    ["deadline.proxy-first", "gateway-proxy outbound SERVER > gateway-proxy outbound CLIENT"],
  ],
  retried: [["retry.hidden", "gateway-proxy outbound SERVER > gateway-proxy outbound CLIENT"]],
};

for (const [name, found] of Object.entries(byRules)) {
  test(`recorded trace, by the rules alone: ${name}`, async () => {
    const report = await checkTraces(readTraceFiles(`${folder}${name}.json`));
    assert.deepEqual(
      report.reports.flatMap((it) => it.findings).map((it) => [it.code, it.edge]),
      found,
    );
  });
}

for (const [name, found] of Object.entries(findings)) {
  test(`recorded trace: ${name}`, () => {
    const trace = readTraceFile(`${folder}${name}.json`);
    assert.deepEqual(
      checkTrace(trace, expected).map((it) => [it.code, it.edge]),
      found,
    );
  });
}

test("every recorded trace has its expectation", () => {
  const recorded = readdirSync(folder).map((it) => it.replace(/\.json$/, ""));
  assert.deepEqual(recorded.sort(), Object.keys(byRules).sort());
});
