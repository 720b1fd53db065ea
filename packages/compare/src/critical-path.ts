import type { HopTable } from "./hop.ts";
import { hopBeside } from "./label.ts";
import type { Placement } from "./place.ts";
import { isAsking, isDeferred, longest, type SpanIndex } from "./span-index.ts";

/**
 * How much siblings may overlap and still count as one after the other, as a share of their parent's duration. Spans of
 * one thread overlap a little where clocks are coarse. The value is CRISP's (overlap_allowance_fraction, 0.01).
 */
const overlapAllowance = 0.01;

/** What the walk found beside the parts. */
export type PathNotes = {
  /** Children that went on after a parent that did not wait for them, and calls that nobody waits for. */
  asynchronous: number;
  /** By how much calls went on after their asking side had ended, in ns. */
  outlived: number;
  /** Spans on the critical path. */
  onPath: number;
};

/**
 * Walks the critical path of a tree and gives each nanosecond of the top to exactly one hop.
 *
 * The path is CRISP's (Zhang et al., "CRISP: Critical Path Analysis of Large-Scale Microservice Architectures", USENIX
 * ATC '22, section 3): from the end of a span backwards, the child that returned last is on the path; the child before
 * it is the last one that had returned when that one began; and so on, down the tree. What no child on the path covers
 * is the span's own. A child that outlives its parent is cut off at the parent's end. Added here: a gap during which other
 * children were still open is waiting, not own work; and a child that lies for its larger part after the end of a parent
 * that is no asking side is asynchronous: nobody waited for it.
 *
 * @param add is told a hop's number and how long, in ns; all of them add up to the top's duration.
 */
export function walkCriticalPath(
  index: SpanIndex,
  placement: Placement,
  names: HopTable,
  top: number,
  add: (hop: number, ns: number, span: number) => void,
): PathNotes {
  const walker = new Walker(index, placement, names, add);
  return walker.walk(top);
}

class Walker {
  readonly #index: SpanIndex;
  readonly #placement: Placement;
  readonly #names: HopTable;
  readonly #add: (hop: number, ns: number, span: number) => void;
  readonly #notes: PathNotes = { asynchronous: 0, outlived: 0, onPath: 0 };
  /** Spans that are still to be walked, each with the part of it that is on the path: [span, from, to, …]. */
  readonly #stack: number[] = [];

  constructor(
    index: SpanIndex,
    placement: Placement,
    names: HopTable,
    add: (hop: number, ns: number, span: number) => void,
  ) {
    this.#index = index;
    this.#placement = placement;
    this.#names = names;
    this.#add = add;
  }

  walk(top: number): PathNotes {
    const from = this.#placement.at[top] as number;
    this.#stack.push(top, from, from + (this.#index.duration[top] as number));
    while (this.#stack.length > 0) {
      const to = this.#stack.pop() as number;
      const lower = this.#stack.pop() as number;
      this.#walkSpan(this.#stack.pop() as number, lower, to);
    }
    return this.#notes;
  }

  /** Divides [from, to] of a span among its children on the path, waiting, and itself. */
  #walkSpan(span: number, from: number, to: number): void {
    this.#notes.onPath++;
    const children = this.#waitedFor(span);
    const { at } = this.#placement;
    const { duration } = this.#index;
    const allowance = overlapAllowance * (duration[span] as number);
    let open: number[] | undefined;
    let gaps: number[] | undefined;
    let end = to;
    let beside = -1;
    for (const child of children) {
      const childFrom = Math.max(at[child] as number, from);
      const childTo = Math.min((at[child] as number) + (duration[child] as number), to);
      if (childTo < childFrom) {
        continue;
      }
      if (childTo > end + allowance || childFrom > end) {
        if (open === undefined) open = [];
        open.push(childFrom, childTo);
        continue;
      }
      const cut = Math.min(childTo, end);
      if (cut < end) {
        if (gaps === undefined) gaps = [];
        gaps.push(cut, end, beside < 0 ? child : beside);
      }
      this.#stack.push(child, childFrom, cut);
      end = childFrom;
      beside = child;
    }
    if (from < end) {
      if (gaps === undefined) gaps = [];
      gaps.push(from, end, beside);
    }
    if (gaps !== undefined) {
      this.#giveGaps(span, gaps, open);
    }
  }

  /** The children that a span waited for, the last to return first. */
  #waitedFor(span: number): number[] {
    const { firstChild, nextSibling, duration, spans } = this.#index;
    const { at, byClock } = this.#placement;
    const asking = isAsking(spans[span]?.kind ?? "unspecified");
    const end = (at[span] as number) + (duration[span] as number);
    const found: number[] = [];
    for (let child = firstChild[span] as number; child >= 0; child = nextSibling[child] as number) {
      const took = duration[child] as number;
      const late = byClock[child] === 1 ? (at[child] as number) + took - end : 0;
      // A child whose larger part lies after its parent's end was set going, not waited for.
      const leftBehind = !asking && late > took / 2;
      if (isDeferred(this.#index, span, child) || leftBehind) {
        this.#notes.asynchronous++;
        continue;
      }
      if (late > 0) this.#notes.outlived = Math.min(this.#notes.outlived + late, longest);
      found.push(child);
    }
    if (found.length > 1) {
      found.sort((a, b) => {
        const ends =
          (at[b] as number) + (duration[b] as number) - (at[a] as number) - (duration[a] as number);
        const starts = (at[b] as number) - (at[a] as number);
        return ends || starts || ((spans[a]?.spanId ?? "") < (spans[b]?.spanId ?? "") ? -1 : 1);
      });
    }
    return found;
  }

  /** Gives each gap [from, to, child beside] to the span or, as far as other children were open in it, to waiting. */
  #giveGaps(span: number, gaps: number[], open: number[] | undefined): void {
    const covered = open === undefined ? [] : union(open);
    let next = 0;
    for (let i = 0; i < gaps.length; i += 3) {
      const from = gaps[i] as number;
      const to = gaps[i + 1] as number;
      let waiting = 0;
      // Both lists run from late to early.
      while (next < covered.length && (covered[next] as number) >= to) next += 2;
      for (let at = next; at < covered.length && (covered[at + 1] as number) > from; at += 2) {
        waiting += Math.min(covered[at + 1] as number, to) - Math.max(covered[at] as number, from);
      }
      if (waiting > 0) {
        this.#add(this.#names.hop("waiting", this.#index.node[span] as number), waiting, span);
      }
      if (to - from > waiting) {
        this.#add(
          hopBeside(this.#index, this.#names, span, gaps[i + 2] as number),
          to - from - waiting,
          span,
        );
      }
    }
  }
}

/** The union of intervals [from, to, …] as disjoint intervals, the latest first. */
function union(intervals: number[]): number[] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < intervals.length; i += 2) {
    pairs.push([intervals[i] as number, intervals[i + 1] as number]);
  }
  pairs.sort((a, b) => b[1] - a[1]);
  const merged: number[] = [];
  for (const [from, to] of pairs) {
    const last = merged.length - 2;
    if (last >= 0 && to >= (merged[last] as number)) {
      merged[last] = Math.min(merged[last] as number, from);
    } else {
      merged.push(from, to);
    }
  }
  return merged;
}
