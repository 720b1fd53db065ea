import type { QuirkCode } from "./quirk-table.ts";

/** What a span did, as OpenTelemetry names it (trace API, "SpanKind"). */
export type SpanKind = "unspecified" | "internal" | "server" | "client" | "producer" | "consumer";

/** The value of an attribute; integers too large for a number stay bigint. */
export type AttributeValue = string | number | bigint | boolean | null | AttributeValue[] | Attributes;

/** Attributes by key. */
export interface Attributes {
  [key: string]: AttributeValue;
}

/** Something that happened during a span. */
export interface SpanEvent {
  name: string;
  timeNs: bigint;
  attributes: Attributes;
}

/** A reference to a span that is related without being the parent. */
export interface SpanLink {
  traceId: string;
  spanId: string;
  attributes: Attributes;
}

/** One span, whatever it was read from. */
export interface Span {
  /** 32 lower-case hex digits. */
  traceId: string;
  /** 16 lower-case hex digits. */
  spanId: string;
  /** The id in the input, when another span of the trace has it too and this one was given a new id. */
  originalSpanId?: string;
  /** The parent's id; absent for a root. The parent may be missing from the trace. */
  parentSpanId?: string;
  name: string;
  kind: SpanKind;
  /** Start in nanoseconds since the Unix epoch. */
  startNs: bigint;
  /** End in nanoseconds since the Unix epoch. */
  endNs: bigint;
  status: { code: "unset" | "ok" | "error"; message?: string };
  attributes: Attributes;
  /** Attributes of the resource that made the span. */
  resource: Attributes;
  /** The instrumentation scope: the library that made the span. */
  scope: { name: string; version?: string };
  events: SpanEvent[];
  links: SpanLink[];
}

/** Something odd in the input that a reader put right or worked around; told, so that nothing is dropped in silence. */
export interface Quirk {
  /** Which oddity, for scripts. */
  code: QuirkCode;
  /** What was seen and what was made of it, in words. */
  message: string;
  /** The spans that it is about, by their ids in the trace; empty when it is about the whole. */
  spanIds: string[];
}

/** All spans known of one trace, in no particular order; span ids are unique in it. */
export interface Trace {
  traceId: string;
  spans: Span[];
  /** What the reader found odd. Absent when there is nothing to tell. */
  quirks?: Quirk[];
}

/** How long the span took, in nanoseconds. Negative when its clock went backwards. */
export function durationNs(span: Span): bigint {
  return span.endNs - span.startNs;
}
