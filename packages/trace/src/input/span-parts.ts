import type { Attributes, Span, SpanEvent, SpanKind, SpanLink } from "../model.ts";

// What most spans have in common is one object for all of them; frozen, so that nobody changes it for the others.

/** The attributes of a span that has none. */
export const noAttributes: Attributes = Object.freeze({});

/** The events of a span that has none. */
export const noEvents: SpanEvent[] = Object.freeze([]) as never;

/** The links of a span that has none. */
export const noLinks: SpanLink[] = Object.freeze([]) as never;

const statuses = {
  unset: Object.freeze({ code: "unset" }),
  ok: Object.freeze({ code: "ok" }),
  error: Object.freeze({ code: "error" }),
} as const;

/** A span's status. */
export function statusOf(code: Span["status"]["code"], message?: string): Span["status"] {
  return message ? { code, message } : statuses[code];
}

/** The kinds by their numbers in OTLP. */
export const kinds: readonly SpanKind[] = [
  "unspecified",
  "internal",
  "server",
  "client",
  "producer",
  "consumer",
];

/** The kind that has this number in OTLP, or this name in any of "SPAN_KIND_CLIENT", "CLIENT", "client". */
export function kindOf(raw: unknown): SpanKind {
  if (typeof raw === "number") {
    return kinds[raw] ?? "unspecified";
  }
  if (typeof raw === "string") {
    const name = raw.replace(/^SPAN_KIND_/i, "").toLowerCase();
    return kinds.find((it) => it === name) ?? kinds[Number(name)] ?? "unspecified";
  }
  return "unspecified";
}

/** Sets an attribute, also one with a name that means something to JavaScript. */
export function setAttribute(attributes: Attributes, key: string, value: Attributes[string]): void {
  if (key === "__proto__") {
    Object.defineProperty(attributes, key, { value, enumerable: true, writable: true, configurable: true });
  } else {
    attributes[key] = value;
  }
}
