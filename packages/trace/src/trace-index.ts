import type { Span, SpanKind, Trace } from "./model.ts";
import type { Origin, OriginFinder } from "./origins.ts";
import { originsOf } from "./origins.ts";
import type { QuirkCode } from "./quirk-table.ts";
import { serviceOf } from "./service-name.ts";
import type { TraceStructure } from "./trace-structure.ts";
import { structureOf } from "./trace-structure.ts";

/** A trace as whoever judges it reads it: how its spans hang together, who made each, and when. */
export type TraceIndex = TraceStructure & {
  traceId: string;
  /** End of each span, in nanoseconds since the first start of the trace. */
  end: Float64Array;
  /** Who made each span. */
  who: Origin[];
  /** The same as a number, for speed: 1 is a proxy. */
  isProxy: Uint8Array;
  /** Spans of which the input does not say when they began or ended: they look shorter than they were. */
  untimed: Set<number>;
};

const untimedCodes: QuirkCode[] = ["no-start", "no-end", "no-time"];

/** The ids of the spans of which the reader found one of these odd. */
export function idsWith({ quirks = [] }: Trace, codes: readonly QuirkCode[]): Set<string> {
  return new Set(quirks.flatMap((it) => (codes.includes(it.code) ? it.spanIds : [])));
}

/**
 * Reads a trace into an index. Linear but for the sort; never throws, whatever the parents say.
 *
 * @param findOrigins finds who made the spans of a trace. Default `originsOf`.
 */
export function indexTrace(trace: Trace, findOrigins: OriginFinder = originsOf): TraceIndex {
  const structure = structureOf(trace);
  const { spans, baseNs } = structure;
  const count = spans.length;
  const index: TraceIndex = {
    ...structure,
    traceId: trace.traceId,
    end: new Float64Array(count),
    who: new Array(count),
    isProxy: new Uint8Array(count),
    untimed: new Set(),
  };
  const untimed = idsWith(trace, untimedCodes);
  const origins = findOrigins(structure);
  for (let i = 0; i < count; i++) {
    const span = spans[i] as Span;
    index.end[i] = Number(span.endNs - baseNs);
    const who = origins(span);
    index.who[i] = who;
    index.isProxy[i] = who.role === "proxy" ? 1 : 0;
    if (untimed.size > 0 && (untimed.has(span.spanId) || untimed.has(span.originalSpanId ?? "")))
      index.untimed.add(i);
  }
  return index;
}

// The labels are keys of the rules over all traces, made once a call, so that they have to be quick.
const upperCaseKinds = Object.fromEntries(
  (["unspecified", "internal", "server", "client", "producer", "consumer"] as const).map((it) => [
    it,
    it.toUpperCase(),
  ]),
) as Record<SpanKind, string>;

/** By who made spans: the label of the last one. What is shared by many spans mostly made spans of one kind. */
const labels = new WeakMap<Origin, { service: string; kind: SpanKind; label: string }>();

/** A span in words, as in hopName: "gateway-proxy outbound CLIENT". */
export function labelAt(index: TraceIndex, i: number): string {
  const { kind } = index.spans[i] as Span;
  const service = serviceOf(index.spans[i] as Span);
  const who = index.who[i] as Origin;
  const known = labels.get(who);
  if (known?.service === service && known.kind === kind) return known.label;
  const { direction } = who;
  const label = `${service} ${direction === undefined ? "" : `${direction} `}${upperCaseKinds[kind]}`;
  labels.set(who, { service, kind, label });
  return label;
}

/** An edge of the tree in words. */
export function edgeAt(index: TraceIndex, from: number, to: number): string {
  return `${labelAt(index, from)} > ${labelAt(index, to)}`;
}

/** The span ids at these places. */
export function idsAt(index: TraceIndex, places: Iterable<number>): string[] {
  return Array.from(places, (i) => (index.spans[i] as Span).spanId);
}
