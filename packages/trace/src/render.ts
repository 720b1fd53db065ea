import { duration } from "./duration.ts";
import type { Quirk, Span, Trace } from "./model.ts";
import { durationNs } from "./model.ts";
import type { Origins } from "./origins.ts";
import { originsOf } from "./origins.ts";
import { paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { quirkSentence } from "./quirk-sentence.ts";
import { serviceOf } from "./service-name.ts";
import { wrapLines } from "./text.ts";
import { cutEnd, padText, textWidth } from "./text-width.ts";
import type { Layout, Row } from "./trace-layout.ts";
import { labelOf, layoutOf, tailOf } from "./trace-layout.ts";
import { structureOf } from "./trace-structure.ts";
import type { SpanNode } from "./tree.ts";
import { toForest } from "./tree.ts";

/** How `renderTrace` draws. */
export interface RenderTraceOptions {
  /** Who made each span, if known already. */
  origins?: Origins;
  /** Adds to each span's line the evidence for who made it. */
  why?: boolean;
  /** How wide the drawing is, in columns (default: 120). Nothing is drawn wider, from 40 columns on. */
  width?: number;
  /** What to write behind a span's name, and never to cut. */
  mark?: (span: Span) => string;
  /** More lines below a span's own. */
  below?: (span: Span) => readonly string[];
}

/**
 * Draws a trace as a tree: one line a span, with who made it (app or proxy), its kind, how long it took and when,
 * on a time line. Spans whose parent is missing stand in a block of their own. What does not fit into the width is cut
 * with `…`, names before times.
 *
 * @param color whether to use ANSI colours; roles are told apart by words and marks all the same.
 */
export function renderTrace(trace: Trace, color: boolean, options: RenderTraceOptions = {}): string {
  const structure = structureOf(trace);
  const { origins = originsOf(structure), why = false, width = 120, mark, below } = options;
  const { roots, orphans } = toForest(structure);
  const range = rangeOf(trace.spans);
  const drawn = drawnOf(roots, orphans, { origins, mark, maxIndent: Math.floor(width / 3) });
  const layout = layoutOf(
    drawn.map((it) => it.row),
    width,
  );
  const lines = drawn.flatMap(({ row, span }) => [
    lineOf(row, timeline(span, range, layout.bar), layout, color),
    ...[
      ...(why ? [`↑ ${origins(span).evidence.map(printable).join("; ")}`] : []),
      ...(below?.(span) ?? []),
    ].map((it) => wrapLines(`    ${it}`, width)),
  ]);
  const quirks = (trace.quirks ?? []).map((it) =>
    wrapLines(`note ${it.code}: ${printable(quirkLine(it))}`, width),
  );
  const total = range.end - range.start;
  const count = `${drawn.length} ${drawn.length === 1 ? "span" : "spans"}`;
  return [
    wrapLines(`trace ${trace.traceId}: ${count}, ${duration(Number(total))}`, width),
    layout.roles ? "" : "● app  ○ proxy",
    ...lines,
    ...(quirks.length > 0 ? ["", ...quirks] : []),
    "",
  ].join("\n");
}

function lineOf(row: Row, bar: string, layout: Layout, color: boolean): string {
  const role = row.isProxy ? "○ proxy  " : "● app    ";
  const label = padText(labelOf(row, layout.step, layout.label), layout.label);
  const head = `${layout.roles ? role : role.slice(0, 2)}${label}  ${row.kind.padEnd(layout.kind)}`;
  const known = tailOf(row, layout.names);
  // A few letters of a sentence say nothing.
  const hasRoom = row.more !== "" && textWidth(known) + 6 <= layout.tail;
  const tail = cutEnd(hasRoom ? `${known} ${row.more}` : known, layout.tail);
  return `${color ? paint(row.isProxy ? "cyan" : "green", head) : head}  ${row.took.padStart(layout.took)}  ${bar}  ${tail}`.trimEnd();
}

/** The rows from top to bottom. With a stack of its own: a trace may be deeper than the call stack. */
function drawnOf(roots: SpanNode[], orphans: SpanNode[], look: Look): { row: Row; span: Span }[] {
  interface Open {
    node: SpanNode;
    lead: string;
    branch: string;
    orphan: boolean;
  }
  const { maxIndent } = look;
  const rows: { row: Row; span: Span }[] = [];
  const open: Open[] = [
    ...roots.map((node) => ({ node, lead: "", branch: "", orphan: false })),
    ...orphans.map((node) => ({ node, lead: "", branch: "", orphan: true })),
  ].reverse();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, lead, branch, orphan } = next;
    const indent = lead.length + 2 > maxIndent ? `${lead}… ` : lead + branch;
    rows.push({ row: rowOf(node.span, indent, orphan, look), span: node.span });
    const inner = branch === "" ? lead : lead + (branch.startsWith("├") ? "│ " : "  ");
    // What is deeper than can be drawn needs no lead of its own; a chain of 10^5 spans would have 10^10 characters.
    const shared = inner.length > maxIndent ? lead : inner;
    for (let i = node.children.length - 1; i >= 0; i--) {
      const child = node.children[i] as SpanNode;
      open.push({
        node: child,
        lead: shared,
        branch: i === node.children.length - 1 ? "└ " : "├ ",
        orphan: false,
      });
    }
  }
  return rows;
}

/** What rows are made with; `maxIndent` is how far a row is indented at most, in columns. */
interface Look {
  origins: Origins;
  mark: ((span: Span) => string) | undefined;
  maxIndent: number;
}

function rowOf(span: Span, lead: string, orphan: boolean, { origins, mark }: Look): Row {
  const { role, direction } = origins(span);
  const isError = span.status.code === "error";
  const notes = [mark?.(span), orphan ? "PARENT MISSING" : "", isError ? "ERROR" : ""];
  const missing = orphan ? [`(${span.parentSpanId})`] : [];
  return {
    isProxy: role === "proxy",
    lead,
    label: printable([serviceOf(span), direction].filter(Boolean).join(" ")),
    kind: span.kind.toUpperCase(),
    took: duration(Number(durationNs(span))),
    name: printable(span.name),
    note: notes.filter(Boolean).join("  "),
    more: [...(isError ? [printable(span.status.message ?? "")] : []), ...missing].join(" ").trim(),
  };
}

function quirkLine(quirk: Quirk): string {
  const { spanIds } = quirk;
  const shown = spanIds.slice(0, 3).join(", ");
  const more = spanIds.length > 3 ? ` and ${spanIds.length - 3} more` : "";
  return spanIds.length === 0 ? quirkSentence(quirk) : `${quirkSentence(quirk)} (${shown}${more})`;
}

interface Range {
  start: bigint;
  end: bigint;
}

function rangeOf(spans: Span[]): Range {
  const range = { start: spans[0]?.startNs ?? 0n, end: spans[0]?.startNs ?? 0n };
  for (const { startNs, endNs } of spans) {
    // A span may end before it starts.
    for (const ns of [startNs, endNs]) {
      if (ns < range.start) range.start = ns;
      if (ns > range.end) range.end = ns;
    }
  }
  return range;
}

/** The span's time within the trace's, `width` columns between two edges. */
function timeline(span: Span, { start, end }: Range, width: number): string {
  if (width < 1) return "";
  const total = Number(end - start) || 1;
  const at = (ns: bigint) => Math.round((Number(ns - start) / total) * width);
  const from = Math.min(at(span.startNs), width - 1);
  const length = Math.max(at(span.endNs) - from, 1);
  return `▕${`${" ".repeat(from)}${"█".repeat(length)}`.padEnd(width)}▏`;
}
