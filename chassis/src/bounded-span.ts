import type { Attributes, AttributeValue, SpanContext } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { attributeBytes, eventBytes, frameBytes, linkBytes, spanBytes, valueBytes } from "./span-size.ts";
import { cutToBytes } from "./text.ts";

/**
 * The bounds of a span that is sent, in bytes of UTF-8. The SDK's own limits count attributes, events and links, and can
 * cut the values of attributes; they leave status messages, names and keys alone, and 128 attributes with 128 events of 128
 * attributes each are many megabytes. These hold for what callers send, whatever way it comes onto a span.
 */
export const spanLimits = {
  /** The whole span. 64 of them fit into the 4 MiB that a Collector takes in one request by default. */
  span: 65_536,
  /** The value of an attribute, a list in all. */
  value: 4_096,
  /**
   * A name, the message of a status, an element of a list; also the key of an attribute and a `tracestate`, which are
   * dropped when they are longer, as half of one means something else.
   */
  text: 1_024,
} as const;

/** This attribute says how much was cut from a span, in bytes; what is dropped also by OTLP's `dropped_…_count`. */
export const cutAttribute = "lab.span.cut_bytes";

/** A span within the bounds, and an upper bound of the bytes that it takes in an OTLP request. */
export interface BoundedSpan {
  readonly span: ReadableSpan;
  readonly bytes: number;
}

/** Makes sure that a span is within the bounds: the same one if it is, as nearly all are; else a copy that is cut. */
export function boundSpan(span: ReadableSpan): BoundedSpan {
  const bytes = spanBytes(span);
  // No text in it can be longer than the least bound, which spares most spans a second look.
  if (bytes <= spanLimits.text) {
    return { span, bytes };
  }
  const cut = cutSpan(span);
  const cutBytes = spanBytes(cut);
  if (cutBytes === bytes) {
    return { span, bytes };
  }
  const told = { ...cut, attributes: { ...cut.attributes, [cutAttribute]: bytes - cutBytes } };
  return { span: told, bytes: spanBytes(told) };
}

/** The parts of a span that count towards its bound, as they are added; what finds no room is left out. */
class Room {
  #left: number;
  constructor(bytes: number) {
    this.#left = bytes;
  }
  /** Takes a part of this many bytes if it fits. */
  takes(bytes: number): boolean {
    if (bytes > this.#left) {
      return false;
    }
    this.#left -= bytes;
    return true;
  }
}

function cutSpan(span: ReadableSpan): ReadableSpan {
  const name = cutToBytes(span.name, spanLimits.text);
  const status =
    span.status.message === undefined
      ? span.status
      : { ...span.status, message: cutToBytes(span.status.message, spanLimits.text) };
  const context = cutContext(span.spanContext());
  const bare = { ...fieldsOf(span), name, status, spanContext: () => context };
  const room = new Room(spanLimits.span - frameBytes(bare) - attributeBytes(cutAttribute, 0));
  // Small ones first: what callers blow up is not to displace what the conventions ask for.
  const attributes = cutAttributes(span.attributes, room);
  const links = span.links
    .map((link) => {
      const own = cutAttributes(link.attributes, new Room(spanLimits.value));
      const droppedAttributesCount = (link.droppedAttributesCount ?? 0) + own.dropped;
      return { context: cutContext(link.context), attributes: own.kept, droppedAttributesCount };
    })
    .filter((link) => room.takes(linkBytes(link)));
  const events = span.events
    .map((event) => {
      const own = cutAttributes(event.attributes, new Room(spanLimits.value));
      const droppedAttributesCount = (event.droppedAttributesCount ?? 0) + own.dropped;
      const { time } = event;
      return {
        time,
        name: cutToBytes(event.name, spanLimits.text),
        attributes: own.kept,
        droppedAttributesCount,
      };
    })
    .filter((event) => room.takes(eventBytes(event)));
  return {
    ...bare,
    attributes: attributes.kept,
    links,
    events,
    droppedAttributesCount: span.droppedAttributesCount + attributes.dropped,
    droppedLinksCount: span.droppedLinksCount + span.links.length - links.length,
    droppedEventsCount: span.droppedEventsCount + span.events.length - events.length,
  };
}

/** What a copy has of a span; the SDK's have some of it as getters, which a spread would leave out. */
function fieldsOf(span: ReadableSpan): ReadableSpan {
  const { kind, parentSpanContext, startTime, endTime, duration, ended, resource, instrumentationScope } =
    span;
  const { name, status, attributes, links, events, spanContext } = span;
  const { droppedAttributesCount, droppedEventsCount, droppedLinksCount } = span;
  return {
    ...{ name, kind, status, attributes, links, events, spanContext, startTime, endTime, duration, ended },
    ...{ resource, instrumentationScope, droppedAttributesCount, droppedEventsCount, droppedLinksCount },
    ...(parentSpanContext === undefined ? {} : { parentSpanContext }),
  };
}

function cutContext(context: SpanContext): SpanContext {
  const { traceState, ...rest } = context;
  return Buffer.byteLength(traceState?.serialize() ?? "") > spanLimits.text ? rest : context;
}

function cutAttributes(
  attributes: Attributes | undefined,
  room: Room,
): { kept: Attributes; dropped: number } {
  const all = Object.entries(attributes ?? {});
  const cut = all
    .map(([key, value]) => [key, cutValue(value)] as const)
    .filter(([key, value]) => value !== undefined && Buffer.byteLength(key) <= spanLimits.text);
  const bySize = cut
    .map(([key, value]) => ({ key, bytes: attributeBytes(key, value) }))
    .toSorted((a, b) => a.bytes - b.bytes);
  const fitting = new Set(bySize.filter(({ bytes }) => room.takes(bytes)).map(({ key }) => key));
  const kept = cut.filter(([key]) => fitting.has(key));
  return { kept: Object.fromEntries(kept), dropped: all.length - kept.length };
}

/** A value within its bound: a text cut, a list without its last elements; undefined for another that is too long. */
function cutValue(value: AttributeValue | undefined): AttributeValue | undefined {
  if (typeof value === "string") {
    return cutToBytes(value, spanLimits.value);
  }
  if (valueBytes(value) <= spanLimits.value) {
    return value;
  }
  if (!Array.isArray(value)) {
    return undefined;
  }
  const elements = value.map((it) => (typeof it === "string" ? cutToBytes(it, spanLimits.text) : it));
  const room = new Room(spanLimits.value);
  const end = elements.findIndex((it) => !room.takes(valueBytes(it)));
  return elements.slice(0, end === -1 ? undefined : end) as AttributeValue;
}
