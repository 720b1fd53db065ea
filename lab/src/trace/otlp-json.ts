import * as z from "zod";
import type { Attributes, AttributeValue, Span, SpanKind, Trace } from "./model.ts";

// The shape of OTLP's JSON encoding (OTLP specification 1.x, "JSON Protobuf Encoding"), as far as it is read here.
// Tempo answers in protobuf's own JSON mapping, which differs in two ways: ids are base64 and enums may be names.
const anyValue: z.ZodType<OtlpValue> = z.lazy(() =>
  z.object({
    stringValue: z.string().optional(),
    boolValue: z.boolean().optional(),
    intValue: z.union([z.string(), z.number()]).optional(),
    doubleValue: z.union([z.number(), z.string()]).optional(),
    bytesValue: z.string().optional(),
    arrayValue: z.object({ values: z.array(anyValue).optional() }).optional(),
    kvlistValue: z.object({ values: z.array(keyValue).optional() }).optional(),
  }),
);
const keyValue = z.object({ key: z.string(), value: anyValue.optional() });
const attributes = z.array(keyValue).optional();
const nanos = z.union([z.string(), z.number()]);
const span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string().optional(),
  kind: z.union([z.string(), z.number()]).optional(),
  startTimeUnixNano: nanos.optional(),
  endTimeUnixNano: nanos.optional(),
  attributes,
  status: z
    .object({ code: z.union([z.string(), z.number()]).optional(), message: z.string().optional() })
    .optional(),
  events: z
    .array(z.object({ name: z.string().optional(), timeUnixNano: nanos.optional(), attributes }))
    .optional(),
  links: z.array(z.object({ traceId: z.string(), spanId: z.string(), attributes })).optional(),
});
const resourceSpans = z.array(
  z.object({
    resource: z.object({ attributes }).optional(),
    scopeSpans: z
      .array(
        z.object({
          scope: z.object({ name: z.string().optional(), version: z.string().optional() }).optional(),
          spans: z.array(span).optional(),
        }),
      )
      .optional(),
  }),
);
const document = z
  .object({ resourceSpans: resourceSpans.optional(), batches: resourceSpans.optional() })
  .refine((it) => it.resourceSpans !== undefined || it.batches !== undefined, {
    error: 'has neither "resourceSpans" (OTLP) nor "batches" (Tempo)',
  });

type OtlpValue = {
  stringValue?: string | undefined;
  boolValue?: boolean | undefined;
  intValue?: string | number | undefined;
  doubleValue?: number | string | undefined;
  bytesValue?: string | undefined;
  arrayValue?: { values?: OtlpValue[] | undefined } | undefined;
  kvlistValue?: { values?: OtlpKeyValue[] | undefined } | undefined;
};
type OtlpKeyValue = { key: string; value?: OtlpValue | undefined };

/**
 * Reads OTLP's JSON, or Tempo's answer to a look-up by id, into traces. A span that stands in the input twice
 * (Tempo may hold two copies while it moves a trace to disk) is kept once.
 *
 * @throws {Error} when the input is not of that shape; the message names the first place that is wrong.
 */
export function parseOtlpJson(input: unknown): Trace[] {
  const parsed = document.safeParse(input);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`not OTLP JSON: at ${issue?.path.join(".") || "the top"}: ${issue?.message}`);
  }
  const traces = new Map<string, Map<string, Span>>();
  for (const batch of parsed.data.resourceSpans ?? parsed.data.batches ?? []) {
    const resource = toAttributes(batch.resource?.attributes);
    for (const scoped of batch.scopeSpans ?? []) {
      const version = scoped.scope?.version;
      const scope = { name: scoped.scope?.name ?? "", ...(version ? { version } : {}) };
      for (const raw of scoped.spans ?? []) {
        const read = toSpan(raw, resource, scope);
        const spans = traces.get(read.traceId) ?? new Map<string, Span>();
        spans.set(read.spanId, read);
        traces.set(read.traceId, spans);
      }
    }
  }
  return [...traces].map(([traceId, spans]) => ({ traceId, spans: [...spans.values()] }));
}

function toSpan(raw: z.infer<typeof span>, resource: Attributes, scope: Span["scope"]): Span {
  const parentSpanId = toHexId(raw.parentSpanId ?? "", 8);
  return {
    traceId: toHexId(raw.traceId, 16),
    spanId: toHexId(raw.spanId, 8),
    ...(parentSpanId === "" || /^0+$/.test(parentSpanId) ? {} : { parentSpanId }),
    name: raw.name ?? "",
    kind: toKind(raw.kind),
    startNs: BigInt(raw.startTimeUnixNano ?? 0),
    endNs: BigInt(raw.endTimeUnixNano ?? 0),
    status: toStatus(raw.status),
    attributes: toAttributes(raw.attributes),
    resource,
    scope,
    events: (raw.events ?? []).map((it) => ({
      name: it.name ?? "",
      timeNs: BigInt(it.timeUnixNano ?? 0),
      attributes: toAttributes(it.attributes),
    })),
    links: (raw.links ?? []).map((it) => ({
      traceId: toHexId(it.traceId, 16),
      spanId: toHexId(it.spanId, 8),
      attributes: toAttributes(it.attributes),
    })),
  };
}

/** Hex as OTLP says, or base64 as protobuf's JSON mapping says; the length in bytes tells which it is. */
function toHexId(id: string, bytes: number): string {
  if (id.length === bytes * 2 && /^[0-9a-fA-F]+$/.test(id)) {
    return id.toLowerCase();
  }
  return Buffer.from(id, "base64").toString("hex");
}

const kinds: SpanKind[] = ["unspecified", "internal", "server", "client", "producer", "consumer"];

function toKind(kind: string | number | undefined): SpanKind {
  if (typeof kind === "string") {
    const name = kind.replace(/^SPAN_KIND_/, "").toLowerCase();
    return kinds.find((it) => it === name) ?? "unspecified";
  }
  return kinds[kind ?? 0] ?? "unspecified";
}

function toStatus(status: z.infer<typeof span>["status"]): Span["status"] {
  const code = status?.code;
  const message = status?.message ? { message: status.message } : {};
  if (code === 2 || code === "STATUS_CODE_ERROR") {
    return { code: "error", ...message };
  }
  return { code: code === 1 || code === "STATUS_CODE_OK" ? "ok" : "unset", ...message };
}

function toAttributes(list: OtlpKeyValue[] | undefined): Attributes {
  return Object.fromEntries((list ?? []).map(({ key, value }) => [key, toValue(value)]));
}

function toValue(value: OtlpValue | undefined): AttributeValue {
  if (value?.stringValue !== undefined) return value.stringValue;
  if (value?.boolValue !== undefined) return value.boolValue;
  if (value?.intValue !== undefined) {
    const int = BigInt(value.intValue);
    return int === BigInt.asIntN(53, int) ? Number(int) : int;
  }
  if (value?.doubleValue !== undefined) return Number(value.doubleValue);
  if (value?.bytesValue !== undefined) return value.bytesValue;
  if (value?.arrayValue) return (value.arrayValue.values ?? []).map(toValue);
  if (value?.kvlistValue) return toAttributes(value.kvlistValue.values);
  return null;
}
