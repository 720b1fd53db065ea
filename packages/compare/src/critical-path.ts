import type { HopTable } from "./hop.ts";
import { answererOf, hopBeside } from "./label.ts";
import type { Placement } from "./place.ts";
import { stepsOf } from "./proxy-steps.ts";
import type { SpanIndex } from "./span-index.ts";
import { isAsking, isDeferred, longest } from "./span-index.ts";
import { UnknownTime } from "./unknown-time.ts";

/**
 * How much siblings may overlap and still count as one after the other, as a share of their parent's duration. Spans of
 * one thread overlap a little where clocks are coarse. The value is CRISP's (overlap_allowance_fraction, 0.01).
 */
const overlapAllowance = 0.01;

/** Until when time is divided: until the top span has ended, or until the last span below it has. */
export type Until = "answer" | "last";

/** Why a stretch of time is whose it is. */
export type Ground = "gap" | "open" | "untimed" | "after";

/** A stretch of the path: whose, from when to when, which activity's, and what stands next to it. */
export type Give = (
  hop: number,
  from: number,
  to: number,
  span: number,
  ground: Ground,
  next: number,
) => void;

/** What became of a call: it is on the path, was open beside it, or was not waited for; 0 for all others. */
export const fates = { onPath: 1, beside: 2, notWaitedFor: 3 } as const;

/** What the walk found beside the parts. */
export interface PathNotes {
  /** Calls that went on after an activity that did not wait for them, and calls that nobody waits for. */
  asynchronous: number;
  /** By how much calls went on after their asking side had ended, in ns. */
  outlived: number;
  /** Calls that others outlasted, so that they take no share, and how long they took, in ns. */
  beside: number;
  besideNs: number;
  /** Activities on the critical path. */
  onPath: number;
  /** Of each call what became of it, as `fates` has it. */
  fate: Uint8Array;
}

/**
 * Walks the critical path of a tree and gives each nanosecond of the top to exactly one hop.
 *
 * The path is CRISP's (Zhang et al., "CRISP: Critical Path Analysis of Large-Scale Microservice Architectures", USENIX
 * ATC '22, section 3), over activities instead of spans: from the end of an activity backwards, the call that returned
 * last is on the path; the call before it is the last one that had returned when that one began; and so on, down the
 * tree. What no call on the path covers is the activity's own. A call that outlives its activity is cut off at its end.
 * Added here: a gap during which other calls were still open is waiting, not own work; and a call that lies for its
 * larger part after the end of an activity that is no asking side is asynchronous: nobody waited for it.
 *
 * @param give is told each stretch; all of them lie end to end over the top's time.
 */
export function walkCriticalPath(
  index: SpanIndex,
  placement: Placement,
  names: HopTable,
  top: number,
  until: Until,
  give: Give,
): PathNotes {
  return new Walker(index, placement, names, until, give).walk(top);
}

class Walker {
  readonly #index: SpanIndex;
  readonly #placement: Placement;
  readonly #names: HopTable;
  readonly #give: Give;
  readonly #notes: PathNotes;
  readonly #until: Until;
  /** Undefined where all is known. */
  readonly #unknown: UnknownTime | undefined;
  /** The steps of the proxy that was last asked for. */
  #steps: { head: number; steps: [number, number][] } | undefined;
  /** Activities that are still to be walked, each with the part of it that is on the path: [head, from, to, …]. */
  readonly #stack: number[] = [];

  constructor(index: SpanIndex, placement: Placement, names: HopTable, until: Until, give: Give) {
    this.#index = index;
    this.#placement = placement;
    this.#names = names;
    this.#give = give;
    this.#until = until;
    const isAfter = until === "last";
    this.#unknown =
      isAfter || index.untimed.size > 0 ? new UnknownTime(index, placement, isAfter) : undefined;
    const fate = new Uint8Array(index.duration.length);
    this.#notes = { asynchronous: 0, outlived: 0, beside: 0, besideNs: 0, onPath: 0, fate };
  }

  walk(top: number): PathNotes {
    const from = this.#placement.at[top] as number;
    this.#stack.push(top, from, Math.min(this.#endOf(top), from + longest));
    while (this.#stack.length > 0) {
      const to = this.#stack.pop() as number;
      const from = this.#stack.pop() as number;
      this.#walkActivity(this.#stack.pop() as number, from, to);
    }
    return this.#notes;
  }

  #endOf(head: number): number {
    const { at, reach } = this.#placement;
    return this.#until === "answer"
      ? (at[head] as number) + (this.#index.duration[head] as number)
      : (reach[head] as number);
  }

  /** Divides [from, to] of an activity among its calls on the path, waiting, and itself. */
  #walkActivity(head: number, from: number, to: number): void {
    const notes = this.#notes;
    notes.onPath++;
    notes.fate[head] = fates.onPath;
    const allowance = overlapAllowance * (this.#index.duration[head] as number);
    let open: number[] | undefined;
    let gaps: number[] | undefined;
    let end = to;
    let beside = -1;
    for (const call of this.#waitedFor(head)) {
      const callFrom = Math.max(this.#placement.at[call] as number, from);
      const callTo = Math.min(this.#endOf(call), to);
      if (callTo < callFrom || callTo > end + allowance || callFrom > end) {
        notes.fate[call] = fates.beside;
        notes.beside++;
        notes.besideNs = Math.min(notes.besideNs + (this.#index.duration[call] as number), longest);
        if (callTo < callFrom) continue;
        if (open === undefined) open = [];
        open.push(callFrom, callTo, call);
        continue;
      }
      const cut = Math.min(callTo, end);
      if (cut < end) {
        if (gaps === undefined) gaps = [];
        gaps.push(cut, end, beside < 0 ? call : beside);
      }
      this.#stack.push(call, callFrom, cut);
      end = callFrom;
      beside = call;
    }
    if (from < end) {
      if (gaps === undefined) gaps = [];
      gaps.push(from, end, beside);
    }
    if (gaps !== undefined) {
      this.#giveGaps(head, gaps, open);
    }
  }

  /** The calls that an activity waited for, the last to return first; of those that returned together the longest. */
  #waitedFor(head: number): number[] {
    const { duration, spans } = this.#index;
    const { at, activities, byClock } = this.#placement;
    const { firstCall, nextCall } = activities;
    const notes = this.#notes;
    const asking = isAsking(spans[head]?.kind ?? "unspecified");
    const end = (at[head] as number) + (duration[head] as number);
    const found: number[] = [];
    for (let call = firstCall[head] as number; call >= 0; call = nextCall[call] as number) {
      const took = duration[call] as number;
      // On another clock than its CLIENT span's it is the excess that is reported.
      const late = byClock[call] === 1 || !asking ? (at[call] as number) + took - end : 0;
      // A call whose larger part lies after its activity's end was set going, not waited for.
      const leftBehind = !asking && late > took / 2;
      const deferred = isDeferred(this.#index, head, call);
      if (this.#until === "answer" && (leftBehind || deferred)) {
        notes.asynchronous++;
        notes.fate[call] = fates.notWaitedFor;
        continue;
      }
      if (late > 0) notes.outlived = Math.min(notes.outlived + late, longest);
      found.push(call);
    }
    if (found.length > 1) {
      found.sort((a, b) => {
        const ends = this.#endOf(b) - this.#endOf(a);
        // One without duration takes nothing from the others, and comes after them.
        const isEmpty = Number(duration[a] !== 0) - Number(duration[b] !== 0);
        const starts = (at[a] as number) - (at[b] as number);
        return ends || isEmpty || starts || ((spans[a]?.spanId ?? "") < (spans[b]?.spanId ?? "") ? -1 : 1);
      });
    }
    return found;
  }

  /** Gives each gap [from, to, call beside] to the activity or, as far as other calls were open in it, to waiting. */
  #giveGaps(head: number, gaps: number[], open: number[] | undefined): void {
    const covered = open === undefined ? [] : withoutOverlap(open);
    let next = 0;
    for (let i = 0; i < gaps.length; i += 3) {
      const from = gaps[i] as number;
      let to = gaps[i + 1] as number;
      const beside = gaps[i + 2] as number;
      // Both lists run from late to early.
      while (next < covered.length && (covered[next] as number) >= to) next += 3;
      for (let at = next; at < covered.length && (covered[at + 1] as number) > from; at += 3) {
        const openFrom = Math.max(covered[at] as number, from);
        const openTo = Math.min(covered[at + 1] as number, to);
        if (openTo < to) this.#giveOwn(head, openTo, to, beside);
        const call = covered[at + 2] as number;
        this.#giveOpen(head, openFrom, openTo, call);
        to = openFrom;
      }
      if (from < to) this.#giveOwn(head, from, to, beside);
    }
  }

  /** Gives time in which a call was open that is not on the path. */
  #giveOpen(head: number, from: number, to: number, call: number): void {
    const other = answererOf(this.#index, this.#names, this.#placement.activities, head, call);
    const hop = this.#names.hop("waiting", this.#index.node[head] as number, other);
    this.#give(hop, from, to, head, "open", call);
  }

  /** Gives time in which no call was open: to the activity, but for what nothing tells. */
  #giveOwn(head: number, from: number, to: number, beside: number): void {
    let end = to;
    for (const [unknownFrom, unknownTo, why] of this.#unknown?.between(head, from, to) ?? []) {
      if (unknownTo < end) this.#giveBeside(head, unknownTo, end, beside);
      const node = this.#index.node[head] as number;
      const isQueue = why === "after" && this.#index.spans[head]?.kind === "producer" && beside >= 0;
      const hop = isQueue
        ? this.#names.hop("waiting", node, this.#index.node[beside] as number)
        : this.#names.hop("unknown", node);
      this.#give(hop, unknownFrom, unknownTo, head, why, beside);
      end = unknownFrom;
    }
    if (from < end) this.#giveBeside(head, from, end, beside);
  }

  /** Gives time beside a call. Of what a proxy does not tell apart, or waits for, its own steps are known to be its own. */
  #giveBeside(head: number, from: number, to: number, beside: number): void {
    const hop = hopBeside(this.#index, this.#names, head, beside);
    let end = to;
    const role = this.#names.hops[hop]?.role;
    if (role === "mixed" || (role === "waiting" && this.#index.who[head]?.role === "proxy")) {
      const own = this.#names.hop("proxy", this.#index.node[head] as number);
      for (const [begin, stop] of this.#stepsOf(head)) {
        const [stepFrom, stepTo] = [Math.max(begin, from), Math.min(stop, to)];
        if (stepFrom >= stepTo) continue;
        if (stepTo < end) this.#give(hop, stepTo, end, head, "gap", beside);
        this.#give(own, stepFrom, stepTo, head, "gap", beside);
        end = stepFrom;
      }
    }
    if (from < end) this.#give(hop, from, end, head, "gap", beside);
  }

  #stepsOf(head: number): [number, number][] {
    // An activity has many gaps, and they come one after the other.
    if (this.#steps?.head !== head) {
      this.#steps = { head, steps: stepsOf(this.#index, this.#placement, head) };
    }
    return this.#steps.steps;
  }
}

/** Intervals [from, to, call, …], the last to end first, without what an earlier one of the list has already. */
function withoutOverlap(intervals: number[]): number[] {
  const found: number[] = [];
  let end = Number.POSITIVE_INFINITY;
  for (let i = 0; i < intervals.length; i += 3) {
    const from = intervals[i] as number;
    const to = Math.min(intervals[i + 1] as number, end);
    if (from >= to) continue;
    found.push(from, to, intervals[i + 2] as number);
    end = from;
  }
  return found;
}
