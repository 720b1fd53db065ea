import type { Trace } from "@envoy-mesh-lab/trace";
import { indexTrace, labelAt } from "@envoy-mesh-lab/trace";

/**
 * What the `traceparent` of the request said that a SERVER span answers, as far as the trace shows: a server takes the
 * header's parent-id as its parent (W3C Trace Context, "parent-id").
 *
 * @returns undefined when the span is not in the trace, or is not a SERVER span.
 */
export function receivedHeader(trace: Trace, spanId: string | undefined): string | undefined {
  const span = trace.spans.find((it) => it.spanId === spanId);
  if (span?.kind !== "server") return undefined;
  const index = indexTrace(trace);
  const self = labelAt(index, index.spans.indexOf(span));
  if (span.parentSpanId === undefined) return `no traceparent came to ${self}: it has no parent`;
  const parent = index.spans.findIndex((it) => it.spanId === span.parentSpanId);
  const whose = parent < 0 ? "a span that is not in the trace" : `the span of ${labelAt(index, parent)}`;
  return `the traceparent that came to ${self} named ${whose}: 00-${trace.traceId}-${span.parentSpanId}-…`;
}
