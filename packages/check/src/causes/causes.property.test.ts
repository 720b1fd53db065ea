import assert from "node:assert/strict";
import { test } from "node:test";
import { expectedHopsFile } from "@envoy-mesh-lab/bootstrap";
import fc from "fast-check";
import { checkTraces } from "../check-traces.ts";
import type { Expected } from "../expected.ts";
import type { Finding } from "../findings.ts";
import { severityOf } from "../findings.ts";
import { readExpected } from "../read-expected.ts";
import { anyTraces, shuffled } from "../testing/any-traces.ts";
import type { Cause } from "./causes.ts";
import { joinCauses } from "./causes.ts";

const hops = readExpected(expectedHopsFile);
const spans: Expected = {
  name: "what spans say",
  hops: [],
  spans: [
    { attributes: { "rpc.method": { equals: "a.B/C" } }, status: { code: ["unset"] } },
    { where: { service: "backend" }, count: { min: 2, max: 3 } },
  ],
  findings: { allow: ["kind.client-client", "context.lost"] },
};
const expectations = fc.constantFrom(undefined, hops, spans);

const findingsOf = (causes: readonly Cause[]) =>
  causes.flatMap((it) => [it, ...it.follows].flatMap(({ all }) => all.map(({ finding }) => finding)));

test("nothing is lost: every finding is in exactly one cause, and of nothing else", async () => {
  await fc.assert(
    fc.asyncProperty(anyTraces, expectations, async (traces, expected) => {
      const report = await checkTraces(traces, { expected });
      for (const [causes, which] of [
        [report.causes, "findings"],
        [report.allowed, "allowed"],
      ] as const) {
        const grouped = findingsOf(causes);
        const told = report.reports.flatMap((it) => it[which]);
        assert.equal(grouped.length, told.length);
        assert.deepEqual(new Set(grouped), new Set<Finding>(told));
      }
      for (const { severity, finding, follows, traceId, traceIds } of report.causes) {
        assert.ok(traceIds.includes(traceId));
        assert.ok(traceIds.length <= report.traces);
        const codes = [finding, ...follows.map((it) => it.finding)].map(({ code }) => severityOf(code));
        assert.ok(codes.includes(severity));
        // A note says nothing that fails a check.
        assert.ok(severity === "note" || severityOf(finding.code) !== "note");
      }
    }),
    { numRuns: 500 },
  );
});

test("the order of spans and of traces changes no cause, and no count of an expectation", async () => {
  await fc.assert(
    fc.asyncProperty(anyTraces, expectations, fc.nat(), async (traces, expected, seed) => {
      const other = shuffled(
        traces.map((it) => ({ ...it, spans: shuffled(it.spans, seed) })),
        seed,
      );
      const [a, b] = [await checkTraces(traces, { expected }), await checkTraces(other, { expected })];
      assert.deepEqual(b.causes, a.causes);
      assert.deepEqual(b.allowed, a.allowed);
      assert.deepEqual(b.verdict?.expectations, a.verdict?.expectations);
      assert.deepEqual([...b.shown.keys()], [...a.shown.keys()]);
    }),
    { numRuns: 500 },
  );
});

test("causes that are joined again are as they were", async () => {
  await fc.assert(
    fc.asyncProperty(anyTraces, expectations, async (traces, expected) => {
      const { causes } = await checkTraces(traces, { expected });
      assert.deepEqual(joinCauses([causes]), causes);
    }),
    { numRuns: 200 },
  );
});
