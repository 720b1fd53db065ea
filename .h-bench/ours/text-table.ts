/** On which side the cells of a column begin: text on the left, figures on the right. */
type Side = "left" | "right";

/**
 * Returns the lines of a table: each column as wide as its widest cell, two blanks between columns, all lines of one length.
 *
 * @param sides of the columns; the last one holds for all columns that follow. Default: left.
 */
export function textTable(
  rows: readonly (readonly string[])[],
  sides: readonly [Side, ...Side[]] = ["left"],
): string[] {
  // Rows may be more than a call takes arguments.
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, { length }] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, length);
  }
  return rows.map((row) =>
    widths
      .map((width, i) => {
        const cell = row[i] ?? "";
        return (sides[i] ?? sides.at(-1)) === "right" ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  "),
  );
}
