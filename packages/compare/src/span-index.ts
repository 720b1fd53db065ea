import type { Span, SpanKind, Trace } from "@envoy-mesh-lab/trace";
import { type Attribution, attribute, clocksOf, serviceOf } from "@envoy-mesh-lab/trace";
import type { HopTable } from "./hop.ts";

/**
 * Longest time that is told, in nanoseconds (52 days): spans with a start of 0 or a year of 1970 exist, and sums must
 * stay whole numbers below 2^53.
 */
export const longest = 2 ** 52;

/** A trace's spans as arrays, by their position in `spans`: quick to walk, and no object a span. */
export type SpanIndex = {
  spans: Span[];
  who: Attribution[];
  /** Number of who made the span: the service, and for a proxy its direction. */
  node: Int32Array;
  /** Number of the clock, see trace/clock.ts. */
  clock: Int32Array;
  /** Whether the clock's id names a machine or a process. */
  exactClock: Uint8Array;
  /** Duration in ns, at least 0. */
  duration: Float64Array;
  /** Position of the parent; -1 for a root, -2 where the parent is not in the trace. */
  parent: Int32Array;
  firstChild: Int32Array;
  nextSibling: Int32Array;
  /** Spans that end before they start; they count as taking no time. */
  negative: number;
};

/** Whether a kind of span is the asking side of a call. */
export function isAsking(kind: SpanKind): boolean {
  return kind === "client" || kind === "producer";
}

/** Whether a kind of span is the answering side of a call. */
export function isAnswering(kind: SpanKind): boolean {
  return kind === "server" || kind === "consumer";
}

/** Whether a call leaves the process between a span and its child. */
export function isCrossing(index: SpanIndex, parent: number, child: number): boolean {
  return (
    index.node[parent] !== index.node[child] ||
    (isAsking(index.spans[parent]?.kind ?? "unspecified") &&
      isAnswering(index.spans[child]?.kind ?? "unspecified"))
  );
}

/**
 * Whether a parent does not wait for its child: what a PRODUCER sets going is done some other time (trace API,
 * "SpanKind").
 */
export function isDeferred(index: SpanIndex, parent: number, child: number): boolean {
  return index.spans[child]?.kind === "consumer" && isCrossing(index, parent, child);
}

/** Makes the index of a trace. Linear in the number of spans. */
export function indexSpans(trace: Trace, names: HopTable, attributions = attribute(trace)): SpanIndex {
  const { spans } = trace;
  const count = spans.length;
  const index: SpanIndex = {
    spans,
    who: new Array(count),
    node: new Int32Array(count),
    clock: new Int32Array(count),
    exactClock: new Uint8Array(count),
    duration: new Float64Array(count),
    parent: new Int32Array(count),
    firstChild: new Int32Array(count).fill(-1),
    nextSibling: new Int32Array(count).fill(-1),
    negative: 0,
  };
  const byId = new Map<string, number>();
  const clockOf = clocksOf(spans);
  const clocks = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const span = spans[i] as Span;
    byId.set(span.spanId, i);
    const who = attributions(span);
    index.who[i] = who;
    index.node[i] = names.name(nodeName(span, who));
    const clock = clockOf(span);
    const number = clocks.get(clock.id) ?? clocks.size;
    clocks.set(clock.id, number);
    index.clock[i] = number;
    index.exactClock[i] = clock.exact ? 1 : 0;
    const duration = Number(span.endNs - span.startNs);
    if (duration < 0) index.negative++;
    index.duration[i] = Math.min(Math.max(duration, 0), longest);
  }
  linkParents(index, byId);
  return index;
}

/** `gateway`, or for a proxy `gateway-proxy outbound`; sidecars may have the name of the application that they work for. */
export function nodeName(span: Span, who: Attribution): string {
  const service = serviceOf(span);
  return who.role === "app" ? service : `${service} ${who.direction ?? "(proxy)"}`;
}

/** By how much a span starts after another one of its clock, in ns; bounded, so that broken times do no harm. */
export function startsAfter(index: SpanIndex, span: number, other: number): number {
  const ns = Number((index.spans[span] as Span).startNs - (index.spans[other] as Span).startNs);
  return Math.min(Math.max(ns, -longest), longest);
}

function linkParents(index: SpanIndex, byId: Map<string, number>): void {
  const { spans, parent, firstChild, nextSibling } = index;
  for (let i = 0; i < spans.length; i++) {
    const id = (spans[i] as Span).parentSpanId;
    parent[i] = id === undefined ? -1 : (byId.get(id) ?? -2);
  }
  cutLoops(parent, spans);
  for (let i = 0; i < spans.length; i++) {
    const above = parent[i] as number;
    if (above >= 0) {
      nextSibling[i] = firstChild[above] as number;
      firstChild[above] = i;
    }
  }
}

/** Cuts each loop of parents (broken data) above the span of the loop with the smallest id. */
function cutLoops(parent: Int32Array, spans: Span[]): void {
  const seen = new Int32Array(parent.length);
  for (let i = 0; i < parent.length; i++) {
    let at = i;
    while (at >= 0 && seen[at] === 0) {
      seen[at] = i + 1;
      at = parent[at] as number;
    }
    if (at >= 0 && seen[at] === i + 1) {
      let smallest = at;
      for (let it = parent[at] as number; it !== at; it = parent[it] as number) {
        if ((spans[it] as Span).spanId < (spans[smallest] as Span).spanId) smallest = it;
      }
      parent[smallest] = -2;
    }
  }
}
