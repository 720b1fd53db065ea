import type { Role } from "@envoy-mesh-lab/trace";
import { foldRepeats } from "@envoy-mesh-lab/trace";
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
  /** Of several spans in one line, from the start of the first to the end of the last. */
  duration: number;
  /** What of the end-to-end time is this span's own; 0 off the critical path. */
  own: number;
  /** How many spans that are alike stand in this line; absent for one. */
  alike?: number;
}

/** Traces with more lines are drawn with the longest of them, or a page would not hold them. */
export const rowsAtMost = 120;

/** The spans of a trace in the order of a tree, each where the decomposition put it on one time line; repeats folded. */
export function waterfall(detail: Detail): WaterfallRow[] {
  const { decomposition, index, placement } = detail;
  if (decomposition.top < 0) return [];
  const tree = treeOf(detail);
  const kindOf = (place: number) => {
    const at = tree.places[place] as number;
    const [span, who] = [index.spans[at], index.who[at]];
    return span && who ? `${nodeName(span, who)} ${span.kind} ${span.name} ${span.status.code}` : "";
  };
  const zero = placement.at[decomposition.top] as number;
  const rows = foldRepeats(tree, kindOf).map(({ place, depth, alike = [place] }) =>
    rowOf(
      detail,
      alike.map((it) => tree.places[it] as number),
      depth,
      zero,
    ),
  );
  const shown = new Set(
    [...rows.keys()]
      .sort((a, b) => (rows[b] as WaterfallRow).duration - (rows[a] as WaterfallRow).duration || a - b)
      .slice(0, rowsAtMost),
  );
  return rows.filter((_, i) => i === 0 || shown.has(i));
}

/** @param places one span, or several that are alike. */
function rowOf(
  { index, placement, own }: Detail,
  places: readonly number[],
  depth: number,
  zero: number,
): WaterfallRow {
  const [first] = places as [number];
  const span = index.spans[first] as Detail["index"]["spans"][number];
  const who = index.who[first] as Detail["index"]["who"][number];
  const startOf = (it: number) => (placement.at[it] as number) - zero;
  const endOf = (it: number) => startOf(it) + (index.duration[it] as number);
  const from = places.reduce((min, it) => Math.min(min, startOf(it)), Number.POSITIVE_INFINITY);
  return {
    depth,
    label: `${places.length > 1 ? `${places.length} more: ` : ""}${nodeName(span, who)} ${span.kind.toUpperCase()}`,
    name: span.name,
    role: who.role,
    error: span.status.code === "error",
    from,
    duration: places.reduce((end, it) => Math.max(end, endOf(it)), from) - from,
    own: places.reduce((sum, it) => sum + (own[it] as number), 0),
    ...(places.length > 1 ? { alike: places.length } : {}),
  };
}

/** The tree below the top span, siblings in the order in which they were put on the time line. */
function treeOf({ decomposition, index, placement }: Detail) {
  const places: number[] = [];
  const parent: number[] = [];
  const firstChild: number[] = [];
  const nextSibling: number[] = [];
  const last = new Map<number, number>();
  const stack: [number, number][] = [[decomposition.top, -1]];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const [at, above] = next;
    const place = places.push(at) - 1;
    parent[place] = above;
    firstChild[place] = -1;
    nextSibling[place] = -1;
    const before = last.get(above);
    if (before !== undefined) nextSibling[before] = place;
    else if (above >= 0) firstChild[above] = place;
    last.set(above, place);
    const children: number[] = [];
    for (let it = index.firstChild[at] as number; it >= 0; it = index.nextSibling[it] as number) {
      children.push(it);
    }
    children.sort(
      (a, b) =>
        (placement.at[b] as number) - (placement.at[a] as number) ||
        ((index.spans[a]?.spanId ?? "") < (index.spans[b]?.spanId ?? "") ? 1 : -1),
    );
    for (const child of children) stack.push([child, place]);
  }
  return { places, parent, firstChild, nextSibling };
}
