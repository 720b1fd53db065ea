import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ledger } from "@envoy-mesh-lab/mesh";
import type { Trace } from "@envoy-mesh-lab/trace";
import { gradeArrived, gradeLedger } from "./outage.ts";

const ledger = (failed: number, exportsFailed: number): Ledger => ({
  services: { gateway: { ended: 10 + failed, exported: 10, failed, dropped: 0, tooLarge: 0, queued: 0 } },
  envoys: { edge: { sent: 20, dropped: 0, exportsFailed } },
  collector: undefined,
  tempo: undefined,
});

test("who gave something up since the beginning is reported, and only who did", () => {
  const faults = gradeLedger(ledger(1, 1), ledger(3, 1)).flatMap((it) => it.faults);
  assert.deepEqual(faults, [{ code: "spans.given-up", edge: "gateway" }]);
  const [gateway] = gradeLedger(ledger(1, 1), ledger(3, 1));
  assert.equal(gateway?.seen, "of its spans 2 failed, 0 were dropped and 0 were too large; 0 are queued");
});

test("who does not answer has not said that it gave up nothing", () => {
  const silent = { ...ledger(0, 0), envoys: { edge: undefined } };
  const items = gradeLedger(silent, silent);
  assert.deepEqual(
    items.map((it) => it.ok),
    [true, false],
  );
});

test("spans are counted by who made them, and one that came twice is one", () => {
  const span = (spanId: string) => ({ spanId, resource: { "service.name": "backend" } });
  const trace = { traceId: "t1", spans: [span("s1"), span("s1")] } as unknown as Trace;
  const items = gradeArrived(["t1", "t2"], new Map([["t1", trace]]));
  const backend = items.find((it) => it.expectation.startsWith("backend: 2 spans"));
  assert.equal(backend?.seen, "1 are lost");
  assert.deepEqual(backend?.traceIds, ["t2"]);
});
