import type { OriginFinder, Span, Trace } from "@envoy-mesh-lab/trace";
import type { Ground, Until } from "./critical-path.ts";
import { walkCriticalPath } from "./critical-path.ts";
import type { Hop } from "./hop.ts";
import { HopTable } from "./hop.ts";
import { joinAnswer } from "./join-answer.ts";
import { joinTorn } from "./join-torn.ts";
import type { Placement } from "./place.ts";
import { place } from "./place.ts";
import type { SpanIndex } from "./span-index.ts";
import { indexSpans, longest } from "./span-index.ts";
import { awaitStreamed } from "./streamed-answers.ts";

/** A share of a trace's end-to-end time. */
export interface TimeShare {
  hop: Hop;
  /** Whole nanoseconds, above 0. */
  ns: number;
}

/** How a trace's end-to-end time is divided. */
export interface Decomposition {
  traceId: string;
  /** The end-to-end time in whole nanoseconds: the top span's duration. The parts add up to it exactly. */
  totalNs: number;
  /** Place of the top span in the index, whose spans are in order of start; -1 for a trace without spans. */
  top: number;
  /** Each hop once, in order of first appearance on the path from its end. */
  parts: TimeShare[];
  /** The same until the last span has ended; only where work went on after the answer for more than 1 % of the time. */
  untilLast?: { totalNs: number; parts: TimeShare[] };
  /** What was seen that the figures alone do not tell. */
  notes: DecompositionNotes;
}

/** From which share of the end-to-end time on it is told what went on after the answer. */
const worthTelling = 0.01;

export interface DecompositionNotes {
  /** Spans that hang below another root or a missing parent, so that their place is not known. */
  detached: number;
  /** How long the trees of these took, in ns. */
  detachedNs: number;
  /** Steps of spans that are missing, which were taken to last from their first step to their last. */
  joined: number;
  /** Answers whose parent is missing, and that were put below the one proxy with nothing below. */
  rejoined: number;
  /** Calls that nobody waited for: they take no share. */
  asynchronous: number;
  /** Calls that others outlasted: they take no share; and how long they took, in ns. */
  beside: number;
  besideNs: number;
  /** Answers that hang beside their call and were put into it; and those for which several calls were as likely. */
  adopted: number;
  guessed: number;
  /** Answers without a calling span that are told one after the other; and how long they took, in ns. */
  laidOut: number;
  laidOutNs: number;
  /** Answers that fit nowhere beside other calls and lie upon them; and how long they took, in ns. */
  crowded: number;
  crowdedNs: number;
  /** Calls that count until their answer had been sent, and by how much longer than their CLIENT spans, in ns. */
  streamed: number;
  streamedNs: number;
  /** By how much answers took longer than their calls across clocks; their legs count as 0 ns. In ns. */
  excessNs: number;
  /** By how much calls went on after their asking side ended; that time takes no share. In ns. */
  outlivedNs: number;
  /** Messages that by another clock were taken up before they were sent: they count from their sending on. */
  unseenQueue: number;
  /** Answers that by their own clock lie outside of their calls, and by how much in all, in ns: they count as inside. */
  outside: number;
  outsideNs: number;
  /** Messages that were taken up on another clock; and for how long they lay by the two clocks, in ns. */
  queued: number;
  queuedNs: number;
  /** Spans that end before they start; they count as 0 ns. */
  negative: number;
  /** Spans of which the input does not say when they began or ended; they count as 0 ns. */
  untimed: number;
  /** Activities on the critical path. */
  onPath: number;
}

/** What there is to tell of a trace without spans. */
export const noNotes: Readonly<DecompositionNotes> = {
  detached: 0,
  detachedNs: 0,
  joined: 0,
  rejoined: 0,
  asynchronous: 0,
  beside: 0,
  besideNs: 0,
  adopted: 0,
  guessed: 0,
  laidOut: 0,
  laidOutNs: 0,
  crowded: 0,
  crowdedNs: 0,
  streamed: 0,
  streamedNs: 0,
  excessNs: 0,
  outlivedNs: 0,
  unseenQueue: 0,
  outside: 0,
  outsideNs: 0,
  queued: 0,
  queuedNs: 0,
  negative: 0,
  untimed: 0,
  onPath: 0,
};

/** A stretch of a trace's time line, in ns after its top's start. */
export interface Segment {
  from: number;
  to: number;
  hop: Hop;
  /** Place of the head of the activity that the time belongs to. */
  span: number;
  ground: Ground;
  /** Place of the call that stands next to it, or that was open meanwhile; -1 when there is none. */
  next: number;
}

/** A decomposition with where each span was put, to draw it and to explain it. */
export interface Detail {
  decomposition: Decomposition;
  index: SpanIndex;
  placement: Placement;
  own: Float64Array;
  /** Of each call what became of it, as `fates` has it. */
  fate: Uint8Array;
}

/**
 * Divides traces' end-to-end time among hops, and keeps one table of hops for all of them.
 *
 * The top is the root with the most spans below it; where there is no root (the caller does not report here), the span
 * with the most spans below it of those whose parent is missing. Ties go to the longer one, then to the smaller id.
 */
export class Decomposer {
  readonly names = new HopTable();
  #sums = new Float64Array(64);

  /**
   * @param findOrigins says who made each span; the spans themselves do when it is not given.
   */
  decompose(trace: Trace, findOrigins?: OriginFinder): Decomposition {
    return this.detail(trace, findOrigins).decomposition;
  }

  /** As `decompose`, with what is needed to draw the trace. */
  detail(trace: Trace, findOrigins?: OriginFinder): Detail {
    const { trace: whole, steps } = joinTorn(trace, findOrigins);
    const index = indexSpans(whole, this.names, findOrigins);
    const count = whole.spans.length;
    const rejoined = joinAnswer(index) >= 0 ? 1 : 0;
    const streamed = awaitStreamed(index);
    const top = topOf(index);
    const own = new Float64Array(count);
    if (top < 0) return emptyDetail(trace, index);
    const placement = place(index, top);
    const { parts, path } = this.#divide(index, placement, top, "answer", own);
    const { excess, laidOut, crowded, activities, reach, at } = placement;
    const totalNs = index.duration[top] as number;
    const joined = steps.get(index.spans[top] as Span) ?? 0;
    // Of the spans that were joined in, one may be the top, and the others are none of the trace.
    const detached = count - placement.order.length - steps.size + (joined > 0 ? 1 : 0);
    const lastNs = Math.min((reach[top] as number) - (at[top] as number), longest);
    const decomposition: Decomposition = {
      traceId: trace.traceId,
      totalNs,
      top,
      parts,
      notes: {
        detached,
        detachedNs: detached === 0 ? 0 : detachedTime(index, top),
        asynchronous: path.asynchronous,
        beside: path.beside,
        besideNs: path.besideNs,
        joined,
        rejoined,
        adopted: activities.adopted,
        guessed: activities.guessed,
        laidOut: laidOut.spans,
        laidOutNs: laidOut.ns,
        crowded: crowded.spans,
        crowdedNs: crowded.ns,
        streamed: streamed.calls,
        streamedNs: streamed.ns,
        excessNs: excess,
        outlivedNs: path.outlived,
        unseenQueue: placement.unseenQueue,
        outside: placement.outside.spans,
        outsideNs: placement.outside.ns,
        queued: placement.queued.spans,
        queuedNs: placement.queued.ns,
        negative: index.negative,
        untimed: index.untimed.size,
        onPath: path.onPath,
      },
    };
    if (lastNs > totalNs * (1 + worthTelling)) {
      const { parts } = this.#divide(index, placement, top, "last");
      decomposition.untilLast = { totalNs: lastNs, parts };
    }
    return { decomposition, index, placement, own, fate: path.fate };
  }

  /** The stretches of a trace's time line in order; they lie end to end. */
  segments({ index, placement, decomposition: { top } }: Detail, until: Until): Segment[] {
    if (top < 0) return [];
    const zero = placement.at[top] as number;
    const found: Segment[] = [];
    walkCriticalPath(index, placement, this.names, top, until, (hop, from, to, span, ground, next) => {
      found.push({
        from: from - zero,
        to: to - zero,
        hop: this.names.hops[hop] as Hop,
        span,
        ground,
        next,
      });
    });
    return found.sort((a, b) => a.from - b.from);
  }

  #divide(index: SpanIndex, placement: Placement, top: number, until: Until, own?: Float64Array) {
    const touched: number[] = [];
    const path = walkCriticalPath(index, placement, this.names, top, until, (hop, from, to, span) => {
      if (hop >= this.#sums.length) {
        this.#sums = grown(this.#sums, hop + 1);
      }
      if (this.#sums[hop] === 0) touched.push(hop);
      this.#sums[hop] = (this.#sums[hop] as number) + to - from;
      if (own !== undefined) own[span] = (own[span] as number) + to - from;
    });
    const parts = touched.map((hop): TimeShare => {
      const ns = this.#sums[hop] as number;
      this.#sums[hop] = 0;
      return { hop: this.names.hops[hop] as Hop, ns };
    });
    return { parts, path };
  }
}

function emptyDetail({ traceId }: Trace, index: SpanIndex): Detail {
  const none = new Int32Array(0);
  const activities = {
    head: none,
    firstCall: none,
    nextCall: none,
    order: none,
    strays: [],
    adopted: 0,
    guessed: 0,
  };
  const untold = { spans: 0, ns: 0 };
  const numbers = new Float64Array(0);
  const bytes = new Uint8Array(0);
  return {
    decomposition: { traceId, totalNs: 0, top: -1, parts: [], notes: { ...noNotes } },
    index,
    placement: {
      activities,
      at: numbers,
      byClock: bytes,
      order: none,
      reach: numbers,
      excess: 0,
      unseenQueue: 0,
      queued: untold,
      outside: untold,
      laidOut: untold,
      crowded: untold,
    },
    own: numbers,
    fate: bytes,
  };
}

/** How long the trees took that are not the top's, by the spans at their heads. */
function detachedTime({ parent, duration }: SpanIndex, top: number): number {
  let ns = 0;
  for (let i = 0; i < parent.length; i++) {
    if ((parent[i] as number) < 0 && i !== top) ns = Math.min(ns + (duration[i] as number), longest);
  }
  return ns;
}

/**
 * Divides one trace's end-to-end time, without remainder, among the applications' work, their client sides, the proxies'
 * own time, the legs between them, waiting, and what no span tells. docs/comparing-traces.md says how.
 */
export function decompose(trace: Trace, findOrigins?: OriginFinder): Decomposition {
  return new Decomposer().decompose(trace, findOrigins);
}

function grown(array: Float64Array<ArrayBuffer>, atLeast: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.max(atLeast, array.length * 2));
  larger.set(array);
  return larger;
}

function topOf(index: SpanIndex): number {
  const { parent, spans, duration } = index;
  const candidates: number[] = [];
  const wanted = parent.includes(-1) ? -1 : -2;
  for (let i = 0; i < parent.length; i++) {
    if (parent[i] === wanted) candidates.push(i);
  }
  if (candidates.length < 2) {
    return candidates[0] ?? -1;
  }
  const sizes = new Map(candidates.map((it) => [it, treeSize(index, it)]));
  return candidates.reduce((best, it) => {
    const more =
      (sizes.get(it) as number) - (sizes.get(best) as number) ||
      (duration[it] as number) - (duration[best] as number) ||
      ((spans[it]?.spanId ?? "") < (spans[best]?.spanId ?? "") ? 1 : -1);
    return more > 0 ? it : best;
  });
}

function treeSize(index: SpanIndex, top: number): number {
  const stack = [top];
  let size = 0;
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    size++;
    for (let child = index.firstChild[at] as number; child >= 0; child = index.nextSibling[child] as number) {
      stack.push(child);
    }
  }
  return size;
}
