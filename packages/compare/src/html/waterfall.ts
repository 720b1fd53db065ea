import type { Role } from "@envoy-mesh-lab/trace";
import type { Detail } from "../decompose.ts";
import { nodeName } from "../span-index.ts";

/** A line of a waterfall. Times in ns, counted from the top span's start. */
export interface WaterfallRow {
  depth: number;
  label: string;
  name: string;
  role: Role;
  error: boolean;
  from: number;
  duration: number;
  /** What of the end-to-end time is this span's own; 0 off the critical path. */
  own: number;
}

/** Traces with more spans are drawn with the longest of them, or a page would not hold them. */
export const rowsAtMost = 120;

/** The spans of a trace in the order of a tree, each where the decomposition put it on one time line. */
export function waterfall({ decomposition, index, placement, own }: Detail): WaterfallRow[] {
  const { top } = decomposition;
  if (top < 0) {
    return [];
  }
  const shown = new Set(
    [...placement.order]
      .sort((a, b) => (index.duration[b] as number) - (index.duration[a] as number) || a - b)
      .slice(0, rowsAtMost),
  ).add(top);
  const zero = placement.at[top] as number;
  const rows: WaterfallRow[] = [];
  const stack: [number, number][] = [[top, 0]];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const [at, depth] = next;
    const span = index.spans[at];
    const who = index.who[at];
    if (span === undefined || who === undefined) {
      continue;
    }
    if (shown.has(at)) {
      rows.push({
        depth,
        label: `${nodeName(span, who)} ${span.kind.toUpperCase()}`,
        name: span.name,
        role: who.role,
        error: span.status.code === "error",
        from: (placement.at[at] as number) - zero,
        duration: index.duration[at] as number,
        own: own[at] as number,
      });
    }
    const children: number[] = [];
    for (let it = index.firstChild[at] as number; it >= 0; it = index.nextSibling[it] as number) {
      children.push(it);
    }
    children.sort(
      (a, b) =>
        (placement.at[b] as number) - (placement.at[a] as number) ||
        ((index.spans[a]?.spanId ?? "") < (index.spans[b]?.spanId ?? "") ? 1 : -1),
    );
    for (const child of children) stack.push([child, depth + 1]);
  }
  return rows;
}
