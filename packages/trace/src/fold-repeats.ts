import type { Tree } from "./top-down.ts";
import { topDown } from "./top-down.ts";

/** A line of a drawn tree: a span, or spans beside each other that are like those above them, in one. */
export interface FoldedRow {
  /** The place of the span; of several in one, that of the first. */
  readonly place: number;
  /** How many spans are above it. */
  readonly depth: number;
  /** The places of all that stand in one line; what hangs below them is not drawn. Absent for a single span. */
  readonly alike?: readonly number[];
}

/** Of siblings that are alike, so many are drawn; a line for one or two more would save nothing. */
const drawnAlike = 2;
const leastFolded = 3;

/**
 * The lines of a tree as it is drawn, with repeats folded: of siblings that are of one kind, and have the same kinds below them,
 * the first two are drawn, and the others in one line. Linear but for the sorting of a span's kinds of children.
 *
 * @param kindOf what spans of one kind have in common.
 * @param isKept spans that are drawn by themselves, with all above them, whatever they are like.
 */
export function foldRepeats(
  tree: Tree,
  kindOf: (place: number) => string,
  isKept: (place: number) => boolean = () => false,
): FoldedRow[] {
  const order = topDown(tree);
  const { shapes, kept } = shapesOf(tree, order, kindOf, isKept);
  const rows: FoldedRow[] = [];
  const stack: FoldedRow[] = [];
  const push = (places: readonly number[], depth: number) => {
    for (const it of linesOf(places, shapes, kept).toReversed()) stack.push({ ...it, depth });
  };
  push(Array.from(order.filter((it) => (tree.parent[it] as number) < 0)), 0);
  for (let row = stack.pop(); row !== undefined; row = stack.pop()) {
    rows.push(row);
    if (row.alike === undefined) push(childrenAt(tree, row.place), row.depth + 1);
  }
  return rows;
}

/** Numbers for the shapes of what is below each span, and which spans are kept or have one that is below them. */
function shapesOf(
  { parent }: Tree,
  order: Int32Array,
  kindOf: (place: number) => string,
  isKept: (place: number) => boolean,
): { shapes: Int32Array; kept: Uint8Array } {
  const numbers = new Map<string, number>();
  const shapes = new Int32Array(parent.length);
  const kept = new Uint8Array(parent.length);
  const below = new Map<number, Set<number>>();
  for (let i = order.length - 1; i >= 0; i--) {
    const place = order[i] as number;
    // How often something repeats below is not part of the shape.
    const key = [kindOf(place), ...[...(below.get(place) ?? [])].sort((a, b) => a - b)].join("\n");
    const shape = numbers.get(key) ?? numbers.size;
    numbers.set(key, shape);
    shapes[place] = shape;
    if (isKept(place)) kept[place] = 1;
    below.delete(place);
    const above = parent[place] as number;
    if (above < 0) continue;
    if (kept[place]) kept[above] = 1;
    const set = below.get(above);
    if (set) set.add(shape);
    else below.set(above, new Set([shape]));
  }
  return { shapes, kept };
}

function childrenAt({ firstChild, nextSibling }: Tree, place: number): number[] {
  const children: number[] = [];
  for (let it = firstChild[place] as number; it >= 0; it = nextSibling[it] as number) children.push(it);
  return children;
}

function linesOf(
  places: readonly number[],
  shapes: Int32Array,
  kept: Uint8Array,
): Omit<FoldedRow, "depth">[] {
  const groups = new Map<number, number[]>();
  for (const place of places) {
    if (kept[place]) continue;
    const shape = shapes[place] as number;
    const group = groups.get(shape);
    if (group) group.push(place);
    else groups.set(shape, [place]);
  }
  return places.flatMap((place) => {
    const group = groups.get(shapes[place] as number) ?? [];
    if (kept[place] || group.length < drawnAlike + leastFolded) return [{ place }];
    if (group.slice(0, drawnAlike).includes(place)) return [{ place }];
    return place === group[drawnAlike] ? [{ place, alike: group.slice(drawnAlike) }] : [];
  });
}
