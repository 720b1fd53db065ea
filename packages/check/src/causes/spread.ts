import type { TraceIndex } from "@envoy-mesh-lab/trace";
import type { Finding } from "../findings.ts";

/** Findings by place. */
export type Marks = Array<Finding | undefined>;

/**
 * For each place the nearest finding at or above it.
 *
 * @param at findings that hold for a span and all below it.
 * @param under findings that hold only for what is below a span.
 */
export function spreadDown(
  index: TraceIndex,
  order: Int32Array,
  at: ReadonlyMap<number, Finding>,
  under: ReadonlyMap<number, Finding> = new Map(),
): Marks {
  const marks: Marks = new Array(index.spans.length);
  if (at.size === 0 && under.size === 0) return marks;
  for (const place of order) {
    const above = index.parent[place] as number;
    const found = at.get(place) ?? (above < 0 ? undefined : (under.get(above) ?? marks[above]));
    if (found) marks[place] = found;
  }
  return marks;
}

/** For each place the finding at it, or at the first place below it that has one. */
export function spreadUp(index: TraceIndex, order: Int32Array, at: ReadonlyMap<number, Finding>): Marks {
  const marks: Marks = new Array(index.spans.length);
  if (at.size === 0) return marks;
  for (let i = order.length - 1; i >= 0; i--) {
    const place = order[i] as number;
    const found = at.get(place) ?? marks[place];
    if (found === undefined) continue;
    marks[place] = found;
    const above = index.parent[place] as number;
    if (above >= 0) marks[above] = found;
  }
  return marks;
}
