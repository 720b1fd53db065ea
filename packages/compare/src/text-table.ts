import { paint as paintText, printable, shorten, textTable } from "@envoy-mesh-lab/trace";
import { roleStyle } from "./format.ts";
import type { HopRole } from "./hop.ts";

/** How text is drawn. */
export interface TextStyle {
  color: boolean;
  /** In characters. */
  width: number;
  /** Whether intervals stand beside the means. */
  intervals: boolean;
}

/** The narrowest that tables are drawn, in characters. */
export const narrowest = 60;

/** How much room a role's mark and name take, in characters. */
const roleWidth = 10;

/** A bar with less room than this is not worth a line that is not broken, in characters. */
const shortestBar = 8;

/** A line of a table. */
export interface TextRow {
  role?: HopRole | undefined;
  label: string;
  cells: string[];
  /** How long the bar is, in any unit; negative bars are drawn as long as positive ones. */
  bar: number;
}

/**
 * Draws a table whose last column is a bar; labels that leave no room for the figures stand above them.
 *
 * @param optionalLabels leaves such labels out instead.
 */
export function renderTable(
  heads: string[],
  rows: TextRow[],
  style: TextStyle,
  optionalLabels = false,
): string[] {
  const [headLine = "", ...lines] = textTable([heads, ...rows.map((it) => it.cells)], ["right"]);
  const width = Math.max(style.width, narrowest);
  const figures = headLine.length + 2;
  const wanted = Math.max(...rows.map((it) => it.label.length), 0);
  const fits = roleWidth + wanted + figures + 2 + shortestBar <= width;
  const folded = !fits && !optionalLabels;
  const labelWidth = fits ? wanted : 0;
  const barWidth = Math.max(width - roleWidth - labelWidth - figures - 2, 0);
  const longest = Math.max(...rows.map((it) => Math.abs(it.bar)), Number.MIN_VALUE);
  const pad = " ".repeat(roleWidth + labelWidth);
  return [
    `${pad}  ${headLine}`,
    ...rows.flatMap((it, i) => {
      const { mark, fill } = it.role === undefined ? { mark: "∑", fill: "━" } : roleStyle[it.role];
      const label = fits || folded ? printable(it.label) : "";
      const name = `${mark} ${(it.role ?? "all").padEnd(roleWidth - 2)}${folded ? shorten(label, width - roleWidth) : label.padEnd(labelWidth)}`;
      const bar = fill.repeat(Math.round((Math.abs(it.bar) / longest) * barWidth));
      const tail = `  ${lines[i]}  ${paint(it.role, bar, style)}`.trimEnd();
      return folded
        ? [paint(it.role, name, style), `${pad}${tail}`]
        : [`${paint(it.role, name, style)}${tail}`];
    }),
  ];
}

/** Colours a text as its role, where colours are wanted. */
export function paint(role: HopRole | undefined, text: string, { color }: TextStyle): string {
  return color && role !== undefined && text !== "" ? paintText(roleStyle[role].color, text) : text;
}
