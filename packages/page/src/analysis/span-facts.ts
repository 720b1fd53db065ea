import type { Attributes, AttributeValue, Origins, Span, Trace } from "@envoy-mesh-lab/trace";
import { currentName, duration, meaningOf, serviceOf } from "@envoy-mesh-lab/trace";
import { shown, shownWhole } from "./shown.ts";

/** An attribute, with the names that the same thing has. */
export interface AttributeFact {
  /** Its current name. */
  readonly key: string;
  readonly value: string;
  /** What it tells, where that is generally known. */
  readonly meaning?: string;
  /** The names that it had before, under which it is there too or instead. */
  readonly legacy: readonly { readonly key: string; readonly value: string }[];
  /** It is there under a name of before only. */
  readonly isLegacyOnly: boolean;
}

/** An event or a link of a span. */
export interface SpanPart {
  readonly title: string;
  readonly attributes: readonly AttributeFact[];
}

/** All that a span says, ready to be shown. */
export interface SpanFacts {
  readonly spanId: string;
  readonly name: string;
  readonly label: string;
  readonly kind: string;
  readonly role: "app" | "proxy";
  /** How that is known. */
  readonly evidence: readonly string[];
  /** What it says of itself in one word and more: parent, status, library. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly attributes: readonly AttributeFact[];
  readonly resource: readonly AttributeFact[];
  readonly events: readonly SpanPart[];
  readonly links: readonly (SpanPart & { readonly traceId: string })[];
}

/** Puts what a span says into words, as `lab span` does. */
export function spanFacts(trace: Trace, span: Span, origins: Origins): SpanFacts {
  const { role, direction, evidence } = origins(span);
  const parent = trace.spans.find((it) => it.spanId === span.parentSpanId);
  const { code, message } = span.status;
  return {
    spanId: span.spanId,
    name: shownWhole(span.name),
    label: shown([serviceOf(span), direction].filter(Boolean).join(" ")),
    kind: span.kind.toUpperCase(),
    role,
    evidence: evidence.map(shown),
    facts: [
      ["span id", span.spanId],
      ...(span.originalSpanId === undefined ? [] : [["id in the input", span.originalSpanId] as const]),
      ["parent", parentOf(span, parent)],
      ["began", timeOf(span.startNs)],
      ["took", duration(Number(span.endNs - span.startNs))],
      ["status", shownWhole(message ? `${code}: ${message}` : code)],
      [
        "made by",
        shown([span.scope.name, span.scope.version].filter(Boolean).join(" ")) || "no library says so",
      ],
    ],
    attributes: attributeFacts(span.attributes),
    resource: attributeFacts(span.resource),
    events: span.events.map((it) => ({
      title: `${shown(it.name)}, ${duration(Number(it.timeNs - span.startNs))} after it began`,
      attributes: attributeFacts(it.attributes),
    })),
    links: span.links.map((it) => ({
      title: `span ${shown(it.spanId)} of trace ${shown(it.traceId)}`,
      traceId: shown(it.traceId),
      attributes: attributeFacts(it.attributes),
    })),
  };
}

function parentOf(span: Span, parent: Span | undefined): string {
  if (span.parentSpanId === undefined) return "none: the trace begins here";
  const id = shown(span.parentSpanId);
  return parent === undefined
    ? `${id}, which is missing`
    : `${shown(serviceOf(parent))} ${parent.kind.toUpperCase()} ${id}`;
}

/** Attributes in the order of their names, each once, with what it was called before beside it. */
export function attributeFacts(attributes: Attributes): AttributeFact[] {
  const groups = Map.groupBy(Object.entries(attributes), ([key]) => currentName(key) ?? key);
  return [...groups]
    .map(([key, entries]): AttributeFact => {
      const current = entries.find(([name]) => name === key);
      const legacy = entries
        .filter(([name]) => name !== key)
        .map(([name, it]) => ({ key: shown(name), value: textOf(it) }));
      const meaning =
        meaningOf(key, current?.[1] ?? null) ?? meaningOf(entries[0]?.[0] ?? "", entries[0]?.[1] ?? null);
      return {
        key: shown(key),
        value: current === undefined ? (legacy[0]?.value ?? "") : textOf(current[1]),
        ...(meaning === undefined ? {} : { meaning }),
        legacy,
        isLegacyOnly: current === undefined,
      };
    })
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

function textOf(value: AttributeValue): string {
  if (value === "") return "(empty)";
  if (typeof value !== "object" || value === null) return shownWhole(`${value}`);
  return shownWhole(JSON.stringify(value, (_, it: unknown) => (typeof it === "bigint" ? `${it}` : it)));
}

/** A point in time, to the microsecond, in UTC. */
export function timeOf(ns: bigint): string {
  const ms = ns / 1_000_000n;
  // Beyond what a Date holds, it is a mistake of who made the span.
  if (ms > 8_640_000_000_000_000n || ms < -8_640_000_000_000_000n) return `${ns} ns after 1970`;
  const micros = `${(ns / 1000n) % 1000n}`.padStart(3, "0");
  return new Date(Number(ms)).toISOString().replace("T", " ").replace("Z", `${micros} UTC`);
}
