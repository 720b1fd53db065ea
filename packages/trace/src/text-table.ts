import { cutEnd, padText, textWidth } from "./text-width.ts";

/** On which side the cells of a column begin: text on the left, figures on the right. */
type Side = "left" | "right";

/** How a table is fitted into a width. */
interface Fit {
  /** In columns of the terminal. */
  width: number;
  /**
   * The columns, from 0, that are cut with `…` down to their least width where there is no room, the first of them first; and
   * that are then left out, in the same order.
   */
  giving: readonly { column: number; least: number }[];
}

/** Between two columns, in columns of the terminal. */
const gap = "  ";

/**
 * Returns the lines of a table: each column as wide as its widest cell, two blanks between columns, all lines of one length.
 *
 * @param sides of the columns; the last one holds for all columns that follow. Default: left.
 * @param fit how to fit it into a width; lines then have no blanks at their end. Default: it is as wide as it needs to be.
 */
export function textTable(
  rows: readonly (readonly string[])[],
  sides: readonly [Side, ...Side[]] = ["left"],
  fit?: Fit,
): string[] {
  // Rows may be more than a call takes arguments.
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, textWidth(cell));
  }
  const left = fit === undefined ? widths.map(() => true) : fitWidths(widths, fit);
  return rows.map((row) => {
    const line = widths
      .flatMap((width, i) => {
        const cell = cutEnd(row[i] ?? "", width);
        const isRight = (sides[i] ?? sides.at(-1)) === "right";
        return left[i] ? [isRight ? " ".repeat(width - textWidth(cell)) + cell : padText(cell, width)] : [];
      })
      .join(gap);
    return fit === undefined ? line : cutEnd(line.trimEnd(), fit.width);
  });
}

/** Makes columns narrower, and says which are left. */
function fitWidths(widths: number[], { width, giving }: Fit): boolean[] {
  const left = widths.map(() => true);
  const over = () =>
    widths.reduce((sum, it, i) => sum + (left[i] ? it + gap.length : 0), -gap.length) - width;
  for (const { column, least } of giving) {
    const it = widths[column] ?? 0;
    widths[column] = Math.min(it, Math.max(least, it - Math.max(over(), 0)));
  }
  for (const { column } of giving) {
    if (over() > 0) left[column] = false;
  }
  return left;
}
