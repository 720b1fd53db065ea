import assert from "node:assert/strict";
import { test } from "node:test";
import { expectedHopsFile } from "@envoy-mesh-lab/bootstrap";
import fc from "fast-check";
import { checkTraces } from "./check-traces.ts";
import { fails } from "./findings.ts";
import { toGithub } from "./github.ts";
import { toJson } from "./json.ts";
import { toJunit } from "./junit.ts";
import { readExpected } from "./read-expected.ts";
import { renderReport } from "./render.ts";
import { shuffled, anyTraces as traces } from "./testing/any-traces.ts";

const expected = readExpected(expectedHopsFile);

test("whatever the spans say, a check ends with a report in every form", async () => {
  await fc.assert(
    fc.asyncProperty(traces, fc.boolean(), async (input, withExpected) => {
      const options = withExpected ? { expected } : {};
      const report = await checkTraces(input, options);
      assert.equal(report.traces, input.length);
      const found = report.reports.filter((it) => fails(it.findings));
      assert.ok(report.clean + found.length <= input.length);
      assert.equal(report.clean < input.length, found.length > 0);
      for (const { findings } of report.reports) {
        for (const it of findings) {
          assert.ok(it.edge && it.evidence && it.cause && it.remedy, JSON.stringify(it));
          assert.doesNotMatch(`${it.edge} ${it.evidence}`, /undefined|NaN|\[object/);
        }
      }
      const rendered = renderReport(report, { expected: options.expected, checklist: true, color: true });
      assert.equal(typeof rendered, "string");
      assert.match(toJunit(report), /<\/testsuites>\n$/);
      assert.equal(typeof toGithub(report, "expected.yaml"), "string");
      JSON.stringify(toJson(report));
    }),
    { numRuns: 500 },
  );
});

test("the order of spans and of traces changes nothing", async () => {
  await fc.assert(
    fc.asyncProperty(traces, fc.nat(), async (input, seed) => {
      const normal = (report: Awaited<ReturnType<typeof checkTraces>>) =>
        report.reports
          .map(({ traceId, findings, allowed }) => ({ traceId, findings, allowed }))
          .sort((a, b) => (a.traceId < b.traceId ? -1 : 1));
      const other = shuffled(
        input.map((it) => ({ ...it, spans: shuffled(it.spans, seed) })),
        seed,
      );
      assert.deepEqual(
        normal(await checkTraces(other, { expected })),
        normal(await checkTraces(input, { expected })),
      );
    }),
    { numRuns: 500 },
  );
});
