import type { Span } from "@envoy-mesh-lab/trace";
import { idsWith } from "@envoy-mesh-lab/trace";
import type { Placement } from "./place.ts";
import type { SpanIndex } from "./span-index.ts";

/** A stretch of an activity's time of which no span says whose it is, and why: from, to, in ns. */
export type Unknown = [from: number, to: number, why: "untimed" | "after"];

/** Times in order that do not touch. */
type Times = [from: number, to: number][];

/** Between which times calls of an activity may have been open that do not say when. */
interface Untimed {
  from: number;
  to: number;
}

/**
 * The time of activities that nobody may be given: after an activity's end while none of its spans was open, and beside
 * a call of which the input does not say when it began or ended.
 */
export class UnknownTime {
  readonly #index: SpanIndex;
  readonly #placement: Placement;
  /** Of each head that is followed by work, when its spans were open after its own end. */
  readonly #workAfter: Map<number, Times> | undefined;
  readonly #ids: Record<"no-start" | "no-time", ReadonlySet<string>>;
  /** The last answer, as an activity has many gaps that come one after the other. */
  #untimed: { head: number; times: Untimed } | undefined;

  /** @param after whether the time after an activity's end is asked for. */
  constructor(index: SpanIndex, placement: Placement, after: boolean) {
    this.#index = index;
    this.#placement = placement;
    this.#workAfter = after ? workAfter(index, placement) : undefined;
    this.#ids = {
      "no-start": idsWith(index.trace, ["no-start"]),
      "no-time": idsWith(index.trace, ["no-time"]),
    };
  }

  /** The unknown stretches between two times of an activity in which none of its calls was open, the latest first. */
  between(head: number, from: number, to: number): Unknown[] {
    const found: Unknown[] = [];
    const end = (this.#placement.at[head] as number) + (this.#index.duration[head] as number);
    const untimed = this.#untimedOf(head);
    const isUntimed = (begin: number, stop: number) => {
      // Before `to`, or from `from` on.
      const early = Math.min(stop, untimed.to);
      const late = Math.max(begin, untimed.from, early);
      if (begin < early) found.push([begin, early, "untimed"]);
      if (late < stop) found.push([late, stop, "untimed"]);
    };
    if (this.#workAfter === undefined || to <= end) {
      isUntimed(from, to);
    } else {
      if (from < end) isUntimed(from, end);
      let next = Math.max(from, end);
      const work = this.#workAfter.get(head) ?? [];
      for (let i = firstAfter(work, next); i < work.length && next < to; i++) {
        const [begin, stop] = work[i] as [number, number];
        if (begin > next) found.push([next, Math.min(begin, to), "after"]);
        if (begin < to) isUntimed(Math.max(begin, next), Math.min(stop, to));
        next = Math.max(next, stop);
      }
      if (next < to) found.push([next, to, "after"]);
    }
    return found.reverse();
  }

  #untimedOf(head: number): Untimed {
    if (this.#untimed?.head !== head) this.#untimed = { head, times: this.#findUntimed(head) };
    return this.#untimed.times;
  }

  #findUntimed(head: number): Untimed {
    const { activities, at } = this.#placement;
    const times = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY };
    if (this.#index.untimed.size === 0) return times;
    for (let it = activities.firstCall[head] as number; it >= 0; it = activities.nextCall[it] as number) {
      if (!this.#index.untimed.has(it)) continue;
      if (this.#lacks(it, "no-time")) times.from = Number.NEGATIVE_INFINITY;
      else if (this.#lacks(it, "no-start")) times.to = Math.max(times.to, at[it] as number);
      else times.from = Math.min(times.from, at[it] as number);
    }
    return times;
  }

  #lacks(span: number, code: "no-start" | "no-time"): boolean {
    const { spanId, originalSpanId = "" } = this.#index.spans[span] as Span;
    return this.#ids[code].has(spanId) || this.#ids[code].has(originalSpanId);
  }
}

function workAfter({ duration }: SpanIndex, { activities, at, order }: Placement): Map<number, Times> {
  const found = new Map<number, Times>();
  for (const it of order) {
    const head = activities.head[it] as number;
    const to = (at[it] as number) + (duration[it] as number);
    if (it === head || to <= (at[head] as number) + (duration[head] as number)) continue;
    const known = found.get(head);
    if (known === undefined) found.set(head, [[at[it] as number, to]]);
    else known.push([at[it] as number, to]);
  }
  for (const [head, times] of found) found.set(head, joined(times));
  return found;
}

function joined(times: Times): Times {
  const found: Times = [];
  for (const [from, to] of times.sort((a, b) => a[0] - b[0])) {
    const last = found.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else found.push([from, to]);
  }
  return found;
}

/** Where in times the first one is that ends after a time. */
function firstAfter(times: Times, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as [number, number])[1] > time) high = middle;
    else low = middle + 1;
  }
  return low;
}
