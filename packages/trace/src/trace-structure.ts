import type { Span, Trace } from "./model.ts";

/** In `TraceStructure.parent`: the span has no parent, or one that is not in the trace. */
export const noParent = -1;
export const missingParent = -2;

/**
 * How the spans of a trace hang together: the spans in one order whatever the input's, and arrays of numbers beside
 * them instead of an object for each span, so that a trace of a million spans is walked quickly.
 */
export interface TraceStructure {
  trace: Trace;
  /** Ordered by start, then by id. The arrays below have one entry for each; a place is a number in this order. */
  spans: Span[];
  /** The place of each span id; of several spans with one id, that of the first. */
  places: Map<string, number>;
  /** The parent's place, or `noParent` or `missingParent`; free of loops. */
  parent: Int32Array;
  /** The first child and the next sibling, in order of start; -1 when there is none. */
  firstChild: Int32Array;
  nextSibling: Int32Array;
  /** Spans whose id another span has too. */
  duplicates: number[];
  /**
   * Spans that are their own ancestors, which only broken data has: of each loop the one with the smallest id, which
   * clocks have no part in, and the parent that it names. Its parent is `missingParent` above, so that every walk ends
   * and no span is lost.
   */
  loops: { place: number; parent: number }[];
  /** Start of the trace in nanoseconds since 1970. */
  baseNs: bigint;
  /** Start of each span, in nanoseconds after that. */
  start: Float64Array;
}

/**
 * Finds out how the spans of a trace hang together; what is known already is given back. Linear but for the sort; never
 * throws, whatever the parents say.
 */
export function structureOf(trace: Trace | TraceStructure): TraceStructure {
  if ("places" in trace) return trace;
  const count = trace.spans.length;
  const baseNs = firstStart(trace.spans);
  const { spans, start } = sortSpans(trace.spans, baseNs);
  const structure: TraceStructure = {
    trace,
    spans,
    places: new Map(),
    parent: new Int32Array(count),
    firstChild: new Int32Array(count).fill(-1),
    nextSibling: new Int32Array(count).fill(-1),
    duplicates: [],
    loops: [],
    baseNs,
    start,
  };
  const { places, parent, firstChild, nextSibling, duplicates } = structure;
  for (let i = 0; i < count; i++) {
    const { spanId } = spans[i] as Span;
    if (places.has(spanId)) duplicates.push(i);
    else places.set(spanId, i);
  }
  for (let i = 0; i < count; i++) {
    const id = (spans[i] as Span).parentSpanId;
    parent[i] = id === undefined ? noParent : (places.get(id) ?? missingParent);
  }
  breakLoops(structure);
  for (let i = count - 1; i >= 0; i--) {
    const above = parent[i] as number;
    if (above >= 0) {
      nextSibling[i] = firstChild[above] as number;
      firstChild[above] = i;
    }
  }
  return structure;
}

/** The earliest start of some spans, in nanoseconds since 1970; 0 where there is none. */
function firstStart(spans: readonly Span[]): bigint {
  let first = spans[0]?.startNs ?? 0n;
  for (const { startNs } of spans) {
    if (startNs < first) first = startNs;
  }
  return first;
}

function sortSpans(given: Span[], baseNs: bigint): { spans: Span[]; start: Float64Array } {
  const count = given.length;
  const start = new Float64Array(count);
  for (let i = 0; i < count; i++) start[i] = Number((given[i] as Span).startNs - baseNs);
  const compare = (a: number, b: number) =>
    (start[a] as number) - (start[b] as number) || compareSpans(given[a] as Span, given[b] as Span);
  let sorted = 1;
  while (sorted < count && compare(sorted - 1, sorted) <= 0) sorted++;
  // Most come in order already.
  if (sorted >= count) return { spans: given, start };
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  order.sort(compare);
  const spans = new Array<Span>(count);
  const ordered = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    spans[i] = given[order[i] as number] as Span;
    ordered[i] = start[order[i] as number] as number;
  }
  return { spans, start: ordered };
}

function compareSpans(a: Span, b: Span): number {
  if (a.spanId !== b.spanId) return a.spanId < b.spanId ? -1 : 1;
  // The same id twice: any order will do as long as it does not come from the input's.
  const [x, y] = [contentOf(a), contentOf(b)];
  return x < y ? -1 : x === y ? 0 : 1;
}

function contentOf(span: Span): string {
  return JSON.stringify(span, (_, it: unknown) => (typeof it === "bigint" ? `${it}n` : it));
}

/** Finds loops of parents and opens each at its smallest id. Every span is visited once. */
function breakLoops({ spans, parent, loops }: TraceStructure): void {
  const idOf = (place: number) => (spans[place] as Span).spanId;
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
      if (idOf(it) < idOf(first)) first = it;
    }
    loops.push({ place: first, parent: parent[first] as number });
    parent[first] = missingParent;
  }
}

/** The places of the children of a span, in order of start. */
export function* childrenOf(structure: TraceStructure, i: number): Generator<number> {
  const { firstChild, nextSibling } = structure;
  for (let child = firstChild[i] as number; child >= 0; child = nextSibling[child] as number) {
    yield child;
  }
}

/** How many spans are above each span. Linear. */
export function depthsOf({ parent }: TraceStructure): Int32Array {
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
