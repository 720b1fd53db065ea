import type { Attributes, AttributeValue, Span, SpanKind, Trace } from "./model.ts";

/** The numbers of OTLP's enums (opentelemetry/proto/trace/v1/trace.proto, 1.9). */
const kinds: Record<SpanKind, number> = {
  unspecified: 0,
  internal: 1,
  server: 2,
  client: 3,
  producer: 4,
  consumer: 5,
};
const statusCodes: Record<Span["status"]["code"], number> = { unset: 0, ok: 1, error: 2 };

/**
 * Traces as OTLP's JSON encoding of TracesData (OTLP specification 1.9, "JSON Protobuf Encoding"), which every tool
 * that takes OTLP reads, and so do the readers here. Spans of one resource and scope stand together.
 */
export function toOtlpJson(traces: readonly Trace[]): string {
  const spans = traces.flatMap((it) => it.spans);
  const resourceSpans = [...Map.groupBy(spans, (it) => it.resource)].map(([resource, ofResource]) => ({
    resource: { attributes: keyValues(resource) },
    scopeSpans: [...Map.groupBy(ofResource, (it) => it.scope)].map(([scope, ofScope]) => ({
      scope,
      spans: ofScope.map(rawSpan),
    })),
  }));
  return JSON.stringify({ resourceSpans });
}

function rawSpan(span: Span): object {
  const { traceId, spanId, parentSpanId, name, status } = span;
  return {
    traceId,
    spanId: span.originalSpanId ?? spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name,
    kind: kinds[span.kind],
    startTimeUnixNano: `${span.startNs}`,
    endTimeUnixNano: `${span.endNs}`,
    attributes: keyValues(span.attributes),
    events: span.events.map((it) => ({
      timeUnixNano: `${it.timeNs}`,
      name: it.name,
      attributes: keyValues(it.attributes),
    })),
    links: span.links.map((it) => ({ ...it, attributes: keyValues(it.attributes) })),
    status: {
      code: statusCodes[status.code],
      ...(status.message === undefined ? {} : { message: status.message }),
    },
  };
}

function keyValues(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: AttributeValue): object {
  if (value === null) return {};
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  switch (typeof value) {
    case "string":
      return { stringValue: value };
    case "boolean":
      return { boolValue: value };
    case "bigint":
      return { intValue: `${value}` };
    case "number":
      // JSON has no word for these, so that protobuf's JSON mapping writes them as text.
      if (!Number.isFinite(value)) return { doubleValue: `${value}` };
      return Number.isSafeInteger(value) && !Object.is(value, -0)
        ? { intValue: `${value}` }
        : { doubleValue: value };
    case "object":
      return { kvlistValue: { values: keyValues(value) } };
  }
}
