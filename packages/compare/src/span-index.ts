import type { Origin, OriginFinder, Span, SpanKind, Trace, TraceIndex } from "@envoy-mesh-lab/trace";
import { clocksOf, indexTrace, isSharedName, productOf, serviceOf } from "@envoy-mesh-lab/trace";
import type { HopTable } from "./hop.ts";

/**
 * Longest time that is reported, in nanoseconds (52 days): spans with a start of 0 or a year of 1970 exist, and sums must
 * stay whole numbers below 2^53.
 */
export const longest = 2 ** 52;

/** A trace's index with what its time is divided by. */
export type SpanIndex = TraceIndex & {
  /** Number of who made the span: the service, and for a proxy its direction. */
  node: Int32Array;
  /** Number of the clock. */
  clock: Int32Array;
  /** Whether the clock is known to be one machine's. */
  exactClock: Uint8Array;
  /** Duration in ns, at least 0. */
  duration: Float64Array;
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

/** Whether a call leaves the process between an activity's head and a span below it. */
export function isCrossing(index: SpanIndex, head: number, span: number): boolean {
  return (
    index.node[head] !== index.node[span] ||
    (isAsking(index.spans[head]?.kind ?? "unspecified") &&
      isAnswering(index.spans[span]?.kind ?? "unspecified"))
  );
}

/**
 * Whether an activity does not wait for a call: what a PRODUCER sets going is done some other time (trace API,
 * "SpanKind").
 */
export function isDeferred(index: SpanIndex, head: number, call: number): boolean {
  return index.spans[call]?.kind === "consumer" && isCrossing(index, head, call);
}

/** Makes the index of a trace. Linear in the number of spans, but for the sort. */
export function indexSpans(trace: Trace, names: HopTable, findOrigins?: OriginFinder): SpanIndex {
  const traceIndex = indexTrace(trace, findOrigins);
  const { spans, who } = traceIndex;
  const count = spans.length;
  const index: SpanIndex = {
    ...traceIndex,
    node: new Int32Array(count),
    clock: new Int32Array(count),
    exactClock: new Uint8Array(count),
    duration: new Float64Array(count),
    negative: 0,
  };
  const clockOf = clocksOf(spans);
  const clocks = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const span = spans[i] as Span;
    const { proxy } = who[i] as Origin;
    const node = names.name(nodeName(span, who[i] as Origin));
    index.node[i] = node;
    if (proxy !== undefined) names.setProxy(node, productOf(span, proxy) ?? proxy);
    const clock = clockOf(span);
    const number = clocks.get(clock.id) ?? clocks.size;
    clocks.set(clock.id, number);
    index.clock[i] = number;
    index.exactClock[i] = clock.exact ? 1 : 0;
    const duration = Number(span.endNs - span.startNs);
    if (duration < 0) index.negative++;
    index.duration[i] = Math.min(Math.max(duration, 0), longest);
  }
  return index;
}

/**
 * `gateway`, or for a proxy `gateway-proxy outbound`; sidecars may have the name of the application that they work for.
 * Where all of them have one name, whose each is: `linkerd-proxy inbound (pay)`.
 */
export function nodeName(span: Span, { role, direction, workload }: Origin): string {
  const service = serviceOf(span);
  if (role === "app") return service;
  const whose = workload !== undefined && isSharedName(service) ? ` (${workload})` : "";
  return `${service} ${direction ?? "(proxy)"}${whose}`;
}

/** By how much a span starts after another one of its clock, in ns; bounded, so that broken times do no harm. */
export function startsAfter(index: SpanIndex, span: number, other: number): number {
  const ns = Number((index.spans[span] as Span).startNs - (index.spans[other] as Span).startNs);
  return Math.min(Math.max(ns, -longest), longest);
}
