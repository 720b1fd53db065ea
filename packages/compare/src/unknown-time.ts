import { idsWith, type QuirkCode, type Span } from "@envoy-mesh-lab/trace";
import type { Placement } from "./place.ts";
import type { SpanIndex } from "./span-index.ts";

/** A stretch of an activity's time of which no span tells whose it is, and why: from, to, in ns. */
export type Unknown = [from: number, to: number, why: "untimed" | "after"];

/**
 * The time of activities that nobody may be given: after an activity's end while none of its spans was open, and beside
 * a call of which the input does not say when it began or ended.
 */
export class UnknownTime {
  readonly #index: SpanIndex;
  readonly #placement: Placement;
  /** Of each head, when its spans worked on after its own end. */
  readonly #workAfter: Map<number, [number, number][]> | undefined;

  /** @param after whether the time after an activity's end is asked for. */
  constructor(index: SpanIndex, placement: Placement, after: boolean) {
    this.#index = index;
    this.#placement = placement;
    this.#workAfter = after ? workAfter(index, placement) : undefined;
  }

  /** The unknown stretches between two times of an activity in which none of its calls was open, the latest first. */
  between(head: number, from: number, to: number): Unknown[] {
    const found: Unknown[] = [];
    const known: [number, number][] = [];
    const end = this.#endOf(head);
    if (this.#workAfter !== undefined && to > end) {
      known.push([Number.NEGATIVE_INFINITY, end], ...(this.#workAfter.get(head) ?? []));
      for (const [a, b] of gapsBetween(known, from, to)) found.push([a, b, "after"]);
    }
    const untimed = this.#index.untimed.size === 0 ? [] : this.#untimed(head);
    if (untimed.length > 0) {
      const told = found.map(([a, b]): [number, number] => [a, b]);
      const left = gapsBetween(untimed, from, to);
      for (const [a, b] of gapsBetween([...left, ...told], from, to)) found.push([a, b, "untimed"]);
    }
    return found.sort((a, b) => b[0] - a[0]);
  }

  #endOf(head: number): number {
    return (this.#placement.at[head] as number) + (this.#index.duration[head] as number);
  }

  /** When calls may have been open that do not say when. */
  #untimed(head: number): [number, number][] {
    const { activities, at } = this.#placement;
    const found: [number, number][] = [];
    for (let it = activities.firstCall[head] as number; it >= 0; it = activities.nextCall[it] as number) {
      if (!this.#index.untimed.has(it)) continue;
      const when = at[it] as number;
      found.push(
        this.#lacks(it, ["no-time"])
          ? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
          : this.#lacks(it, ["no-start"])
            ? [Number.NEGATIVE_INFINITY, when]
            : [when, Number.POSITIVE_INFINITY],
      );
    }
    return found;
  }

  #lacks(span: number, codes: QuirkCode[]): boolean {
    const { spanId, originalSpanId = "" } = this.#index.spans[span] as Span;
    const ids = idsWith(this.#index.trace, codes);
    return ids.has(spanId) || ids.has(originalSpanId);
  }
}

function workAfter(
  { duration }: SpanIndex,
  { activities, at, order }: Placement,
): Map<number, [number, number][]> {
  const found = new Map<number, [number, number][]>();
  for (const it of order) {
    const head = activities.head[it] as number;
    const to = (at[it] as number) + (duration[it] as number);
    if (it === head || to <= (at[head] as number) + (duration[head] as number)) continue;
    const known = found.get(head);
    if (known === undefined) found.set(head, [[at[it] as number, to]]);
    else known.push([at[it] as number, to]);
  }
  return found;
}

/** What lies between intervals, from one time to another, in order. */
function gapsBetween(intervals: [number, number][], from: number, to: number): [number, number][] {
  const gaps: [number, number][] = [];
  let next = from;
  for (const [begin, end] of intervals.toSorted((a, b) => a[0] - b[0])) {
    if (begin >= to) break;
    if (begin > next) gaps.push([next, begin]);
    next = Math.max(next, end);
  }
  if (next < to) gaps.push([next, to]);
  return gaps;
}
