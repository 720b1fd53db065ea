import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { readFileNow } from "@envoy-mesh-lab/trace/node";
import { samples } from "@envoy-mesh-lab/trace/testing";
import { Decomposer } from "./decompose.ts";
import type { CompareReport } from "./report.ts";
import { report } from "./report.ts";
import { collectNow } from "./testing/samples.ts";

// Traces of a real mesh, three calls each: as it is; with Envoy's fault filter before the router of backend's inbound
// listener, `delay: { fixed_delay: 0.05s }` for every request; and with `lab call --work 50`.
const folder = `${join(samples, "delays")}/`;

/** What was put in, in ns. */
const put = 50e6;

function against(name: string): CompareReport {
  const decomposer = new Decomposer();
  const [plain, other] = ["plain", name].map((it) => ({
    source: it,
    collection: collectNow(readFileNow(`${folder}${it}.jsonl`, { notice: (text) => assert.fail(text) }), {
      decomposer,
    }),
  }));
  assert.ok(plain && other);
  assert.equal(other.collection.sample.traces, 3);
  return report(plain, { against: other });
}

function differenceAt(key: string, { differences = [] }: CompareReport): number {
  return differences.find((it) => it.key === key)?.difference.value ?? 0;
}

test("recorded: a delay of 50 ms in one proxy is that proxy's time, within 10 %", () => {
  const found = against("fault-50ms");
  const proxy = differenceAt("proxy backend-proxy inbound", found);
  assert.ok(Math.abs(proxy - put) < 0.1 * put, `${proxy}`);
  assert.ok(differenceAt("proxy gateway-proxy outbound", found) < 0.02 * put);
  assert.ok(differenceAt("proxy gateway-proxy inbound", found) < 0.02 * put);
  assert.ok(differenceAt("app backend", found) < 0.02 * put);
});

test("recorded: work of 50 ms in one application is that application's time, within 10 %", () => {
  const found = against("work-50ms");
  const app = differenceAt("app backend", found);
  assert.ok(Math.abs(app - put) < 0.1 * put, `${app}`);
  assert.ok(differenceAt("proxy", found) < 0.02 * put);
  assert.ok(differenceAt("app gateway", found) < 0.02 * put);
});
