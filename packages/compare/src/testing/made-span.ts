import type { Span, SpanKind } from "@envoy-mesh-lab/trace";
import { makeSpan, makeTrace } from "@envoy-mesh-lab/trace/testing";
import type { Decomposition } from "../decompose.ts";
import { decompose } from "../decompose.ts";
import { hopKey } from "../hop.ts";

/** A span of service `a` from `from` to `to` in ns. */
export function span(
  spanId: string,
  parentSpanId: string | undefined,
  kind: SpanKind,
  [from, to]: [number, number],
  more: Partial<Span> & { service?: string; direction?: string } = {},
): Span {
  return makeSpan({
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    kind,
    startNs: BigInt(from),
    endNs: BigInt(to),
    service: "a",
    ...more,
  });
}

/** What each hop got of a trace of these spans, in ns. */
export function partsOf(...spans: Span[]): Record<string, number> {
  return byKey(decompose(makeTrace(...spans)).parts);
}

/** The parts of a decomposition by their keys. */
export function byKey(parts: Decomposition["parts"]): Record<string, number> {
  return Object.fromEntries(parts.map(({ hop, ns }) => [hopKey(hop), ns]));
}
