import type { WaterfallRow } from "../analysis/waterfall.ts";

/** The places of the rows that are shown, when the descendants of some are folded away. */
export function shownRows(rows: readonly WaterfallRow[], folded: ReadonlySet<string>): number[] {
  const shown: number[] = [];
  for (let i = 0; i < rows.length; i++) {
    shown.push(i);
    const { spanId, below } = rows[i] as WaterfallRow;
    if (below > 0 && folded.has(spanId)) i += below;
  }
  return shown;
}

/** Which of many rows of one height are to be drawn. */
export interface RowWindow {
  /** The first, and the one after the last. */
  readonly from: number;
  readonly to: number;
}

/** Rows beyond the edges that are drawn too, so that a quick scroll shows no gap. */
const beyond = 12;

/** The rows that are seen, and some beyond. Lengths are in CSS pixels. */
export function windowOf(
  { scrollTop, height }: { readonly scrollTop: number; readonly height: number },
  rowHeight: number,
  count: number,
): RowWindow {
  const first = Math.floor(scrollTop / rowHeight) - beyond;
  const last = Math.ceil((scrollTop + height) / rowHeight) + beyond;
  const to = Math.min(Math.max(last, 0), count);
  return { from: Math.min(Math.max(first, 0), to), to };
}

/** What a key does in the waterfall: another row is current, or the current one is folded or unfolded. */
export interface Move {
  readonly current: string;
  readonly fold?: boolean;
}

/**
 * Keys of a tree grid (ARIA Authoring Practices 1.2, "Treegrid Pattern"): up, down, first and last row; right unfolds, then goes
 * to the first child; left folds, then goes to the parent.
 *
 * @param page how many rows PageUp and PageDown go.
 * @returns undefined for a key that does nothing here.
 */
export function moveBy(
  key: string,
  rows: readonly WaterfallRow[],
  shown: readonly number[],
  { current, folded, page }: { current: string | undefined; folded: ReadonlySet<string>; page: number },
): Move | undefined {
  const at = Math.max(
    shown.findIndex((it) => rows[it]?.spanId === current),
    0,
  );
  const row = rows[shown[at] ?? -1];
  if (row === undefined) return undefined;
  const to = (place: number): Move => {
    const target = shown[Math.min(Math.max(place, 0), shown.length - 1)] as number;
    return { current: (rows[target] as WaterfallRow).spanId };
  };
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + page,
    PageUp: at - page,
    Home: 0,
    End: shown.length - 1,
  };
  const step = steps[key];
  if (step !== undefined) return to(step);
  const isFolded = folded.has(row.spanId);
  if (key === "ArrowRight" && row.below > 0) {
    return isFolded ? { current: row.spanId, fold: false } : to(at + 1);
  }
  if (key === "ArrowLeft") {
    if (row.below > 0 && !isFolded) return { current: row.spanId, fold: true };
    return to(shown.findLastIndex((it, i) => i < at && (rows[it] as WaterfallRow).depth < row.depth));
  }
  return undefined;
}
