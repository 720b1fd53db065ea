import type { Span, Trace } from "@envoy-mesh-lab/trace";
import { makeSpan } from "@envoy-mesh-lab/trace/testing";
import fc from "fast-check";

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
/** Up to four traces of up to twelve spans, whatever they say of each other. */
export const anyTraces: fc.Arbitrary<Trace[]> = fc
  .array(fc.array(span, { maxLength: 12 }), { maxLength: 4 })
  .map((all) =>
    all.map((spans, i) => {
      const traceId = String(i + 1).repeat(32);
      return { traceId, spans: spans.map((it) => ({ ...it, traceId })) };
    }),
  );

/** A permutation that depends on a number only. */
export function shuffled<T>(list: T[], seed: number): T[] {
  return list
    .map((it, i) => [((i + 1) * 2654435761 * (seed + 1)) % 4294967296, it] as const)
    .sort((a, b) => a[0] - b[0])
    .map(([, it]) => it);
}
