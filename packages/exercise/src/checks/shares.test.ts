import assert from "node:assert/strict";
import { test } from "node:test";
import { indexTrace } from "@envoy-mesh-lab/trace";
import { drawnTrace } from "@envoy-mesh-lab/trace/testing";
import { gradeShare, shareOf } from "./shares.ts";

const trace = (sidecarUntil: number) =>
  indexTrace(
    drawnTrace(`
      gateway SERVER 0-100
        gateway CLIENT 10-90
          gateway-proxy/outbound SERVER 12-${sidecarUntil}
            gateway-proxy/outbound CLIENT 20-40
    `),
  );
const sidecar = { of: "the sidecar", where: { service: "gateway-proxy", kind: "server" as const } };

test("a share is the spans' own time as part of the whole trace's", () => {
  assert.equal(shareOf(trace(62), sidecar).toFixed(3), "0.300");
  assert.equal(shareOf(trace(62), { where: { service: "nobody" } }), 0);
});

test("the middle one of the traces counts, so that one that stumbled changes nothing", () => {
  const traces = [trace(42), trace(88), trace(43)];
  const quick = gradeShare(traces, { ...sidecar, max: 0.2 });
  assert.equal(quick.ok, true, quick.seen);
  const slow = gradeShare([trace(88), trace(88), trace(43)], { ...sidecar, max: 0.2 });
  assert.deepEqual([slow.ok, slow.faults], [false, [{ code: "time.share", edge: "the sidecar" }]]);
  assert.match(slow.expectation, /the sidecar: at most 20 % of the time/);
  assert.match(slow.seen, /^56 %, in the middle one of 3/);
});

test("where the quickest counts, a delay is said that is in every trace, and one that only some have is not", () => {
  const quickAndSlow = (slowMs: number) =>
    indexTrace(
      drawnTrace(`\n      gateway SERVER 0-${100 + slowMs}\n        gateway CLIENT 10-${90 + slowMs}\n    `),
    );
  const client = { of: "the way", where: { service: "gateway", kind: "client" as const }, max: 0.82 };
  assert.equal(
    gradeShare([quickAndSlow(900), quickAndSlow(500), quickAndSlow(0)], client, "quickest").ok,
    true,
  );
  const always = gradeShare([quickAndSlow(900), quickAndSlow(100)], client, "quickest");
  assert.deepEqual([always.ok, always.faults[0]?.edge], [false, "the way"]);
  assert.match(always.seen, /^90 %, in the quickest of 2$/);
});

test("where most count, a delay of many calls is reported, and that of a single one is not", () => {
  const grade = (...until: number[]) => gradeShare(until.map(trace), { ...sidecar, max: 0.2 }, "most");
  assert.equal(grade(42, 42, 42, 42, 88).ok, true);
  const often = grade(42, 42, 42, 88, 88);
  assert.deepEqual([often.ok, often.seen], [false, "56 %, in the slow ones, but for a quarter, of 5"]);
});
