import type { FoldedRow, OriginFinder, Span, Trace, TraceIndex } from "@envoy-mesh-lab/trace";
import { duration, escapeMarkup, foldRepeats, indexTrace, labelAt, shorten } from "@envoy-mesh-lab/trace";

/** More lines are not drawn: nobody would read them, and a page would not hold them. */
export const linesAtMost = 300;

/** The picture's measures, in CSS pixels. */
const width = 960;
const line = 22;
const labelRoom = 380;
const tookRoom = 150;
const deepest = 14;

/** A drawn trace. */
export interface Drawing {
  /** As SVG text, all text in it escaped. */
  svg: string;
  /** How many spans stand in a line together with others that are alike, or below such a line. */
  folded: number;
  /** How many lines there would be more. */
  left: number;
}

/**
 * Draws a trace with the numbers of what was found beside the spans that show it. Spans beside each other that are alike are
 * one line from the third on, but for those that show something.
 *
 * @param id unique in the page.
 * @param marks numbers by span id.
 */
export function drawTrace(
  trace: Trace,
  id: string,
  marks: ReadonlyMap<string, ReadonlySet<number>>,
  findOrigins?: OriginFinder,
): Drawing {
  const index = indexTrace(trace, findOrigins);
  const kindOf = (i: number) => {
    const { name, status } = index.spans[i] as Span;
    return [labelAt(index, i), name, status.code].join("\n");
  };
  const isMarked = (i: number) => marks.has((index.spans[i] as Span).spanId);
  const rows = foldRepeats(index, kindOf, isMarked);
  const drawn = rows.slice(0, linesAtMost);
  const lines = rows.reduce((sum, it) => sum + (it.alike === undefined ? 1 : 0), 0);
  const scale = scaleOf(index);
  const height = drawn.length * line + 8;
  const body = drawn.map((row, n) => drawLine(index, row, n, scale, marks));
  return {
    svg: `<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-desc" font-size="12" font-family="system-ui, sans-serif"><title id="${id}-title">Trace ${escapeMarkup(trace.traceId)}</title><desc id="${id}-desc">${drawn.length} lines below each other, from the root on; numbers say which cause a span shows.</desc>${body.join("")}</svg>`,
    folded: index.spans.length - lines,
    left: rows.length - drawn.length,
  };
}

/** Where a time stands, in pixels. */
function scaleOf({ start, end }: TraceIndex): (ns: number) => number {
  const from = start.reduce((min, it) => Math.min(min, it), 0);
  const to = end.reduce((max, it, i) => Math.max(max, it, start[i] as number), 0);
  const room = width - labelRoom - tookRoom;
  return (ns) => labelRoom + (to > from ? ((ns - from) / (to - from)) * room : 0);
}

function drawLine(
  index: TraceIndex,
  { place, depth, alike }: FoldedRow,
  n: number,
  scale: (ns: number) => number,
  marks: ReadonlyMap<string, ReadonlySet<number>>,
): string {
  const all = alike ?? [place];
  const span = index.spans[place] as Span;
  const isProxy = index.isProxy[place] === 1;
  const from = all.reduce((min, it) => Math.min(min, index.start[it] as number), Number.POSITIVE_INFINITY);
  const to = all.reduce((max, it) => Math.max(max, index.end[it] as number), from);
  const y = n * line + 4;
  const indent = Math.min(depth, deepest) * 12;
  const many = alike ? `${alike.length} more: ` : "";
  // About six pixels a letter.
  const room = Math.floor((labelRoom - indent - 20) / 6.4);
  const who = `${isProxy ? "○" : "●"} ${many}${labelAt(index, place)}`;
  const label = shorten(`${who}  ${shorten(span.name, Math.max(room - who.length - 2, 8))}`, room);
  const numbers = alike ? [] : [...(marks.get(span.spanId) ?? [])].sort((a, b) => a - b);
  const isWrong = span.status.code === "error";
  const left = scale(from);
  const bar = Math.max(2, scale(to) - left);
  return [
    numbers.length > 0
      ? `<rect x="0" y="${y - 3}" width="${width}" height="${line}" fill="var(--card)"/>`
      : "",
    `<text x="${indent}" y="${y + 12}" fill="var(--ink)">${escapeMarkup(label)}</text>`,
    `<rect x="${left.toFixed(1)}" y="${y + 2}" width="${bar.toFixed(1)}" height="12" rx="2" fill="var(--${isProxy ? "proxy" : "app"})"${alike ? ' opacity="0.5"' : ""}/>`,
    `<text x="${width - tookRoom + 8}" y="${y + 12}" fill="var(--soft)">${escapeMarkup(`${duration(to - from)}${isWrong ? " error" : ""}`)}</text>`,
    numbers.length > 0
      ? `<text x="${width - 4}" y="${y + 12}" text-anchor="end" font-weight="700" fill="var(--ink)">◀ ${numbers.join(", ")}</text>`
      : "",
  ].join("");
}
