import type { Span, SpanKind } from "@envoy-mesh-lab/trace";

const kinds: SpanKind[] = ["unspecified", "internal", "server", "client", "producer", "consumer"];

/** A generated span as OTLP JSON of its own, as an exporter that sends each span alone would write it. */
export function otlpLine({
  traceId,
  spanId,
  parentSpanId,
  name,
  kind,
  startNs,
  endNs,
  resource,
  scope,
}: Span): string {
  const attributes = Object.entries(resource).map(([key, value]) => ({ key, value: { stringValue: value } }));
  const span = {
    ...{ traceId, spanId, parentSpanId, name, kind: kinds.indexOf(kind) },
    ...{ startTimeUnixNano: `${startNs}`, endTimeUnixNano: `${endNs}` },
  };
  return JSON.stringify({
    resourceSpans: [
      { resource: { attributes }, scopeSpans: [{ scope: { name: scope.name }, spans: [span] }] },
    ],
  });
}
