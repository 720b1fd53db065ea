import type { OriginFinder, Trace } from "@envoy-mesh-lab/trace";
import { walkCriticalPath } from "./critical-path.ts";
import { type Hop, HopTable } from "./hop.ts";
import { type Placement, place } from "./place.ts";
import { indexSpans, type SpanIndex } from "./span-index.ts";

/** A share of a trace's end-to-end time. */
export type TimeShare = {
  hop: Hop;
  /** Whole nanoseconds, above 0. */
  ns: number;
};

/** How a trace's end-to-end time is divided. */
export type Decomposition = {
  traceId: string;
  /** The end-to-end time in whole nanoseconds: the top span's duration. The parts add up to it exactly. */
  totalNs: number;
  /** Place of the top span in the index, whose spans are in order of start; -1 for a trace without spans. */
  top: number;
  /** Each hop once, in order of first appearance on the path from its end. */
  parts: TimeShare[];
  /** What was seen that the figures alone do not tell. */
  notes: DecompositionNotes;
};

export type DecompositionNotes = {
  /** Spans that hang below another root or a missing parent, so that their place is not known. */
  detached: number;
  /** Calls that nobody waited for: they take no share. */
  asynchronous: number;
  /** By how much answers took longer than their calls across clocks; their legs count as 0 ns. In ns. */
  excessNs: number;
  /** By how much calls went on after their asking side ended, on one clock; that time takes no share. In ns. */
  outlivedNs: number;
  /** Spans that end before they start; they count as 0 ns. */
  negative: number;
  /** Spans on the critical path. */
  onPath: number;
};

/** A decomposition with where each span was put, to draw it. */
export type Detail = {
  decomposition: Decomposition;
  index: SpanIndex;
  placement: Placement;
  own: Float64Array;
};

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
   * @param findOrigins tells who made each span; the spans themselves do when it is not given.
   */
  decompose(trace: Trace, findOrigins?: OriginFinder): Decomposition {
    return this.detail(trace, findOrigins).decomposition;
  }

  /** As `decompose`, with what is needed to draw the trace. */
  detail(trace: Trace, findOrigins?: OriginFinder): Detail {
    const index = indexSpans(trace, this.names, findOrigins);
    const count = trace.spans.length;
    const top = topOf(index);
    const own = new Float64Array(count);
    if (top < 0) {
      const notes = { detached: 0, asynchronous: 0, excessNs: 0, outlivedNs: 0, negative: 0, onPath: 0 };
      const none: Placement = {
        at: own,
        byClock: new Uint8Array(0),
        order: new Int32Array(0),
        excess: 0,
      };
      return {
        decomposition: { traceId: trace.traceId, totalNs: 0, top, parts: [], notes },
        index,
        placement: none,
        own,
      };
    }
    const placement = place(index, top);
    const touched: number[] = [];
    const path = walkCriticalPath(index, placement, this.names, top, (hop, ns, span) => {
      if (hop >= this.#sums.length) {
        this.#sums = grown(this.#sums, hop + 1);
      }
      if (this.#sums[hop] === 0) touched.push(hop);
      this.#sums[hop] = (this.#sums[hop] as number) + ns;
      own[span] = (own[span] as number) + ns;
    });
    const parts = touched.map((hop) => {
      const ns = this.#sums[hop] as number;
      this.#sums[hop] = 0;
      return { hop: this.names.hops[hop] as Hop, ns };
    });
    const decomposition: Decomposition = {
      traceId: trace.traceId,
      totalNs: index.duration[top] as number,
      top,
      parts,
      notes: {
        detached: count - placement.order.length,
        asynchronous: path.asynchronous,
        excessNs: placement.excess,
        outlivedNs: path.outlived,
        negative: index.negative,
        onPath: path.onPath,
      },
    };
    return { decomposition, index, placement, own };
  }
}

/**
 * Divides one trace's end-to-end time, without remainder, among the applications' work, their client sides, the proxies'
 * own time, the legs between them, and waiting. docs/comparing-traces.md tells how.
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
