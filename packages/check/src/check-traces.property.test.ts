import assert from "node:assert/strict";
import { test } from "node:test";
import { expectedHopsFile } from "@envoy-mesh-lab/bootstrap";
import type { Span, Trace } from "@envoy-mesh-lab/trace";
import { makeSpan } from "@envoy-mesh-lab/trace/testing";
import fc from "fast-check";
import { checkTraces } from "./check-traces.ts";
import { fails } from "./findings.ts";
import { toGithub } from "./github.ts";
import { toJson } from "./json.ts";
import { toJunit } from "./junit.ts";
import { readExpected } from "./read-expected.ts";
import { renderReport } from "./render.ts";

const expected = readExpected(expectedHopsFile);

// Few ids, so that loops, duplicates and missing parents are common.
const id = fc.constantFrom("1", "2", "3", "4", "5", "6", "7", "8");
const attributes = fc.dictionary(
  fc.constantFrom(
    "http.status_code",
    "response_flags",
    "grpc.status_code",
    "rpc.method",
    "http.url",
    "guid:x-request-id",
    "error.type",
    "db.system",
    "upstream_cluster",
  ),
  fc.oneof(
    fc.constantFrom(
      "200",
      "503",
      "0",
      "UT",
      "DC",
      "-",
      "a.B/C",
      "http://x/a.B/C?q",
      "deadline_exceeded",
      "17",
    ),
    fc.constantFrom(200, 504, null, true, -1n),
    fc.string(),
  ),
);
const span: fc.Arbitrary<Span> = fc
  .record({
    spanId: id,
    parentSpanId: fc.option(id, { nil: undefined }),
    service: fc.constantFrom("edge", "gateway", "gateway-proxy", "backend", ""),
    direction: fc.constantFrom(undefined, "inbound", "outbound"),
    workload: fc.constantFrom(undefined, "gateway"),
    kind: fc.constantFrom("server", "client", "internal", "producer", "consumer", "unspecified"),
    start: fc.integer({ min: -50, max: 200 }),
    took: fc.integer({ min: -10, max: 200 }),
    status: fc.constantFrom("unset", "ok", "error"),
    attributes,
  })
  .map(
    ({ spanId, parentSpanId, service, direction, workload, kind, start, took, status, attributes: says }) => {
      const made = makeSpan({
        spanId,
        ...(parentSpanId ? { parentSpanId } : {}),
        service,
        ...(direction ? { direction } : {}),
        kind: kind as Span["kind"],
        startNs: BigInt(start) * 1_000_000n,
        endNs: BigInt(start + took) * 1_000_000n,
        status: { code: status as Span["status"]["code"] },
        attributes: says,
      });
      if (workload) made.resource["mesh.proxy.workload"] = workload;
      return made;
    },
  );
const traces: fc.Arbitrary<Trace[]> = fc
  .array(fc.array(span, { maxLength: 12 }), { maxLength: 4 })
  .map((all) =>
    all.map((spans, i) => {
      const traceId = String(i + 1).repeat(32);
      return { traceId, spans: spans.map((it) => ({ ...it, traceId })) };
    }),
  );

/** A permutation that depends on a number only. */
function shuffled<T>(list: T[], seed: number): T[] {
  return list
    .map((it, i) => [((i + 1) * 2654435761 * (seed + 1)) % 4294967296, it] as const)
    .sort((a, b) => a[0] - b[0])
    .map(([, it]) => it);
}

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
