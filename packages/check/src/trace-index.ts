import {
  type Attribution,
  type Attributions,
  attribute,
  type Span,
  type SpanKind,
  serviceOf,
  type Trace,
} from "@envoy-mesh-lab/trace";

/** In `TraceIndex.parent`: the span has no parent, or one that is not in the trace. */
export const noParent = -1;
export const missingParent = -2;

/**
 * A trace as the rules read it: spans in one order whatever the input's, and arrays of numbers beside them instead of
 * an object for each span, so that a trace of a million spans is read quickly.
 */
export type TraceIndex = {
  traceId: string;
  trace: Trace;
  /** Ordered by start, then by id. The arrays below have one entry for each. */
  spans: Span[];
  /** The parent's place in `spans`, or `noParent` or `missingParent`; free of loops. */
  parent: Int32Array;
  /** The first child and the next sibling, in order of start; -1 when there is none. */
  firstChild: Int32Array;
  nextSibling: Int32Array;
  /** Nanoseconds since the first start of the trace. */
  start: Float64Array;
  end: Float64Array;
  /** Who made each span. */
  who: Attribution[];
  /** The same as a number, for speed: 1 is a proxy. */
  isProxy: Uint8Array;
  /** Spans whose id another span has too. */
  duplicates: number[];
  /**
   * Spans that are their own ancestors, one of each loop, and the parents that they name; their parent is
   * `missingParent` here, so that every walk ends.
   */
  loops: { place: number; parent: number }[];
  /** Spans of which the input does not say when they began or ended: they look shorter than they were. */
  untimed: Set<number>;
  /** Start of the trace in nanoseconds since 1970. */
  baseNs: bigint;
};

const untimedCodes = ["no-start", "no-end", "no-time"];

/** The ids of the spans of which the reader found one of these odd. */
export function idsWith({ quirks = [] }: Trace, codes: string[]): Set<string> {
  return new Set(quirks.flatMap((it) => (codes.includes(it.code) ? it.spanIds : [])));
}

/**
 * Reads a trace into an index. Linear but for the sort; never throws, whatever the parents say.
 *
 * @param tellWho tells who made the spans of a trace; it gets them in the index's order. Default `attribute`.
 */
export function indexTrace(trace: Trace, tellWho: (trace: Trace) => Attributions = attribute): TraceIndex {
  const count = trace.spans.length;
  const baseNs = trace.spans.reduce(
    (min, it) => (it.startNs < min ? it.startNs : min),
    trace.spans[0]?.startNs ?? 0n,
  );
  const spans = sortSpans(trace.spans, baseNs);
  const index: TraceIndex = {
    traceId: trace.traceId,
    trace,
    spans,
    parent: new Int32Array(count),
    firstChild: new Int32Array(count).fill(-1),
    nextSibling: new Int32Array(count).fill(-1),
    start: new Float64Array(count),
    end: new Float64Array(count),
    who: new Array(count),
    isProxy: new Uint8Array(count),
    duplicates: [],
    loops: [],
    untimed: new Set(),
    baseNs,
  };
  const untimed = idsWith(trace, untimedCodes);
  const attributions = tellWho({ ...trace, spans });
  const places = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const span = spans[i] as Span;
    if (places.has(span.spanId)) {
      index.duplicates.push(i);
    } else {
      places.set(span.spanId, i);
    }
    index.start[i] = Number(span.startNs - baseNs);
    index.end[i] = Number(span.endNs - baseNs);
    const who = attributions(span);
    index.who[i] = who;
    index.isProxy[i] = who.role === "proxy" ? 1 : 0;
    if (untimed.has(span.spanId) || untimed.has(span.originalSpanId ?? "")) index.untimed.add(i);
  }
  for (let i = 0; i < count; i++) {
    const id = (spans[i] as Span).parentSpanId;
    index.parent[i] = id === undefined ? noParent : (places.get(id) ?? missingParent);
  }
  breakLoops(index);
  for (let i = count - 1; i >= 0; i--) {
    const parent = index.parent[i] as number;
    if (parent >= 0) {
      index.nextSibling[i] = index.firstChild[parent] as number;
      index.firstChild[parent] = i;
    }
  }
  return index;
}

function sortSpans(spans: Span[], baseNs: bigint): Span[] {
  const starts = new Float64Array(spans.length);
  const order = new Uint32Array(spans.length);
  for (let i = 0; i < spans.length; i++) {
    starts[i] = Number((spans[i] as Span).startNs - baseNs);
    order[i] = i;
  }
  order.sort((a, b) => {
    const byStart = (starts[a] as number) - (starts[b] as number);
    return byStart !== 0 ? byStart : compare(spans[a] as Span, spans[b] as Span);
  });
  return Array.from(order, (i) => spans[i] as Span);
}

function compare(a: Span, b: Span): number {
  if (a.spanId !== b.spanId) return a.spanId < b.spanId ? -1 : 1;
  // The same id twice: any order will do as long as it does not come from the input's.
  const [x, y] = [contentOf(a), contentOf(b)];
  return x < y ? -1 : x === y ? 0 : 1;
}

function contentOf(span: Span): string {
  return JSON.stringify(span, (_, it: unknown) => (typeof it === "bigint" ? `${it}n` : it));
}

/** Finds loops of parents and opens each at its first span. Every span is visited once. */
function breakLoops({ parent, loops }: TraceIndex): void {
  // 0: not seen, otherwise the walk that saw it.
  const seenIn = new Uint32Array(parent.length);
  for (let i = 0; i < parent.length; i++) {
    let at = i;
    while (at >= 0 && seenIn[at] === 0) {
      seenIn[at] = i + 1;
      at = parent[at] as number;
    }
    if (at < 0 || seenIn[at] !== i + 1) {
      continue;
    }
    let first = at;
    for (let it = parent[at] as number; it !== at; it = parent[it] as number) {
      first = Math.min(first, it);
    }
    loops.push({ place: first, parent: parent[first] as number });
    parent[first] = missingParent;
  }
}

/** How many spans are above each span. Linear. */
export function depthsOf({ parent }: TraceIndex): Int32Array {
  const depths = new Int32Array(parent.length).fill(-1);
  for (let i = 0; i < parent.length; i++) {
    const way: number[] = [];
    let at = i;
    while (at >= 0 && depths[at] === -1) {
      way.push(at);
      at = parent[at] as number;
    }
    let depth = at < 0 ? -1 : (depths[at] as number);
    for (const it of way.reverse()) depths[it] = ++depth;
  }
  return depths;
}

/** The places of the children of a span, in order of start. */
export function* childrenOf(index: TraceIndex, i: number): Generator<number> {
  for (let child = index.firstChild[i] as number; child >= 0; child = index.nextSibling[child] as number) {
    yield child;
  }
}

// The labels are keys of the rules over all traces, made once a call, so that they have to be quick.
const upperCaseKinds = Object.fromEntries(
  (["unspecified", "internal", "server", "client", "producer", "consumer"] as const).map((it) => [
    it,
    it.toUpperCase(),
  ]),
) as Record<SpanKind, string>;

/** A span in words, as in hopName: "gateway-proxy outbound CLIENT". */
export function labelAt(index: TraceIndex, i: number): string {
  const span = index.spans[i] as Span;
  const direction = index.who[i]?.direction;
  return `${serviceOf(span)} ${direction === undefined ? "" : `${direction} `}${upperCaseKinds[span.kind]}`;
}

/** An edge of the tree in words. */
export function edgeAt(index: TraceIndex, from: number, to: number): string {
  return `${labelAt(index, from)} > ${labelAt(index, to)}`;
}

/** The span ids at these places. */
export function idsAt(index: TraceIndex, places: Iterable<number>): string[] {
  return Array.from(places, (i) => (index.spans[i] as Span).spanId);
}
