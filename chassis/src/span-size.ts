import type { Attributes } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";

/**
 * How many bytes spans take in an OTLP request, from above: each field is counted with the longest tag and length that
 * protobuf could write for it. Exact to a few per cent, and cheaper than to write the request for it.
 */

/** Tag and length of a field. */
const frame = 6;
/** A number, as varint or double, with its tag. */
const number = 11;
/** Ids, times, kind, counts, flags and the frames around a span, its status and its context. */
const fixedSpan = 120;
const fixedEvent = 9 + 2 * frame;
const fixedLink = 18 + 10 + 3 * frame;
/** Values nested deeper than this are not counted, and so not sent. */
const maxDepth = 8;

const text = (value: string): number => frame + Buffer.byteLength(value);

/** Bytes of a value with its frame; infinite for what is nested too deep to be sent. */
export function valueBytes(value: unknown, depth = 0): number {
  if (typeof value === "string") {
    return frame + text(value);
  }
  if (typeof value !== "object" || value === null) {
    return frame + number;
  }
  if (depth >= maxDepth) {
    return Number.POSITIVE_INFINITY;
  }
  if (value instanceof Uint8Array) {
    return 2 * frame + value.byteLength;
  }
  const nested = Array.isArray(value)
    ? value.map((it) => frame + valueBytes(it, depth + 1))
    : Object.entries(value).map(([key, it]) => frame + text(key) + valueBytes(it, depth + 1));
  return nested.reduce((sum, it) => sum + it, 2 * frame);
}

/** Bytes of one attribute. */
export function attributeBytes(key: string, value: unknown): number {
  return frame + text(key) + valueBytes(value);
}

/** Bytes of attributes. */
function attributesBytes(attributes: Attributes | undefined): number {
  let sum = 0;
  for (const key in attributes) {
    sum += attributeBytes(key, attributes[key]);
  }
  return sum;
}

/** Bytes of one event. */
export function eventBytes(event: ReadableSpan["events"][number]): number {
  return fixedEvent + text(event.name) + attributesBytes(event.attributes);
}

/** Bytes of one link. */
export function linkBytes(link: ReadableSpan["links"][number]): number {
  return fixedLink + text(link.context.traceState?.serialize() ?? "") + attributesBytes(link.attributes);
}

/** Bytes of a span without its attributes, events and links. */
export function frameBytes(span: ReadableSpan): number {
  const traceState = span.spanContext().traceState?.serialize() ?? "";
  return fixedSpan + text(span.name) + text(span.status.message ?? "") + text(traceState);
}

/** Bytes of a whole span. */
export function spanBytes(span: ReadableSpan): number {
  let sum = frameBytes(span) + attributesBytes(span.attributes);
  for (const event of span.events) {
    sum += eventBytes(event);
  }
  for (const link of span.links) {
    sum += linkBytes(link);
  }
  return sum;
}
