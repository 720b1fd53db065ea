import { modelKeys } from "./label.ts";
import type { Placement } from "./place.ts";
import type { SpanIndex } from "./span-index.ts";

/**
 * When a proxy that does not tell its upstream apart was at work by itself: while INTERNAL spans of it were open below
 * which it asked nobody, such as those of its plugins and phases. Gateways to models make INTERNAL spans of what they ask.
 *
 * @returns disjoint times [from, to], the latest first.
 */
export function stepsOf(index: SpanIndex, { activities, at }: Placement, head: number): [number, number][] {
  const { spans, firstChild, nextSibling, duration } = index;
  const asking = membersAbove(index, activities, head);
  const steps: [number, number][] = [];
  const open = [head];
  for (let parent = open.pop(); parent !== undefined; parent = open.pop()) {
    for (let it = firstChild[parent] as number; it >= 0; it = nextSibling[it] as number) {
      if (activities.head[it] !== head || asksModel(index, it)) continue;
      const from = at[it] as number;
      if (spans[it]?.kind === "internal" && !asking.has(it))
        steps.push([from, from + (duration[it] as number)]);
      else open.push(it);
    }
  }
  steps.sort((a, b) => b[1] - a[1]);
  const found: [number, number][] = [];
  let end = Number.POSITIVE_INFINITY;
  for (const [from, to] of steps) {
    const last = Math.min(to, end);
    if (from >= last) continue;
    found.push([from, last]);
    end = from;
  }
  return found;
}

function asksModel({ spans }: SpanIndex, i: number): boolean {
  return modelKeys.some((it) => spans[i]?.attributes[it] !== undefined);
}

/** The spans of an activity below which it asks somebody. */
function membersAbove({ parent }: SpanIndex, activities: Placement["activities"], head: number): Set<number> {
  const { firstCall, nextCall } = activities;
  const found = new Set<number>();
  for (let call = firstCall[head] as number; call >= 0; call = nextCall[call] as number) {
    let it = parent[call] as number;
    while (it >= 0 && it !== head && activities.head[it] === head && !found.has(it)) {
      found.add(it);
      it = parent[it] as number;
    }
  }
  return found;
}
