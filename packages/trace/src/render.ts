import { duration } from "./duration.ts";
import { durationNs, type Quirk, type Span, serviceOf, type Trace } from "./model.ts";
import { type Origins, originsOf, type Role } from "./origins.ts";
import { paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { textTable } from "./text-table.ts";
import { structureOf } from "./trace-structure.ts";
import { type SpanNode, toForest } from "./tree.ts";

/** How wide the time line is drawn, in characters. */
const timelineWidth = 30;

/** How far a row is indented at most, in characters. */
const maxIndent = 80;

/**
 * Draws a trace as a tree: one line a span, with who made it (app or proxy), its kind, how long it took and when,
 * on a time line. Spans whose parent is missing stand in a block of their own.
 *
 * @param color whether to use ANSI colours; roles are told apart by words and marks all the same.
 * @param options `origins`: who made each span, if known already; `why`: add the evidence for it to each line; `mark`:
 * what to write behind a span's name.
 */
export function renderTrace(
  trace: Trace,
  color: boolean,
  options: { origins?: Origins; why?: boolean; mark?: (span: Span) => string } = {},
): string {
  const structure = structureOf(trace);
  const { origins = originsOf(structure), why = false, mark = () => "" } = options;
  const { roots, orphans } = toForest(structure);
  const range = rangeOf(trace.spans);
  const rows = rowsOf(roots, orphans, origins);
  const heads = textTable(
    rows.map(({ role, label, kind }) => [role === "proxy" ? "○ proxy" : "● app  ", label, kind]),
  );
  const times = textTable(
    rows.map(({ took }) => [took]),
    ["right"],
  );
  const painted = (row: Row, text: string) =>
    color ? paint(row.role === "proxy" ? "cyan" : "green", text) : text;
  const lines = rows.map((row, i) => {
    const head = heads[i] as string;
    const tail = `${times[i]}  ${timeline(row.span, range)}`;
    const evidence = why ? [`           ↑ ${origins(row.span).evidence.map(printable).join("; ")}`] : [];
    return [`${painted(row, head)}  ${tail}  ${row.name}${mark(row.span)}${row.note}`, ...evidence].join(
      "\n",
    );
  });
  const quirks = (trace.quirks ?? []).map((it) => `note ${it.code}: ${printable(quirkLine(it))}`);
  const total = range.end - range.start;
  return [
    `trace ${trace.traceId}: ${rows.length} ${rows.length === 1 ? "span" : "spans"}, ${duration(Number(total))}`,
    "",
    ...lines,
    ...(quirks.length > 0 ? ["", ...quirks] : []),
    "",
  ].join("\n");
}

type Row = {
  span: Span;
  role: Role;
  label: string;
  kind: string;
  took: string;
  name: string;
  note: string;
};

/** The rows from top to bottom. With a stack of its own: a trace may be deeper than the call stack. */
function rowsOf(roots: SpanNode[], orphans: SpanNode[], origins: Origins): Row[] {
  type Open = { node: SpanNode; lead: string; branch: string; orphan: boolean };
  const rows: Row[] = [];
  const open: Open[] = [
    ...roots.map((node) => ({ node, lead: "", branch: "", orphan: false })),
    ...orphans.map((node) => ({ node, lead: "", branch: "", orphan: true })),
  ].reverse();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, lead, branch, orphan } = next;
    rows.push(rowOf(node.span, indent(lead, branch), orphan, origins));
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

function indent(lead: string, branch: string): string {
  return lead.length + 2 > maxIndent ? `${lead}… ` : lead + branch;
}

function rowOf(span: Span, lead: string, orphan: boolean, origins: Origins): Row {
  const { role, direction } = origins(span);
  return {
    span,
    role,
    label: `${lead}${printable([serviceOf(span), direction].filter(Boolean).join(" "))}`,
    kind: span.kind.toUpperCase(),
    took: duration(Number(durationNs(span))),
    name: printable(span.name),
    note: [
      span.status.code === "error"
        ? `  ERROR${span.status.message ? ` ${printable(span.status.message)}` : ""}`
        : "",
      orphan ? `  (its parent ${span.parentSpanId} is missing)` : "",
    ].join(""),
  };
}

function quirkLine({ message, spanIds }: Quirk): string {
  const shown = spanIds.slice(0, 3).join(", ");
  const more = spanIds.length > 3 ? ` and ${spanIds.length - 3} more` : "";
  return spanIds.length === 0
    ? message
    : `${spanIds.length === 1 ? "a span" : `each of ${spanIds.length} spans`} ${message} (${shown}${more})`;
}

type Range = { start: bigint; end: bigint };

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

function timeline(span: Span, { start, end }: Range): string {
  const total = Number(end - start) || 1;
  const at = (ns: bigint) => Math.round((Number(ns - start) / total) * timelineWidth);
  const from = Math.min(at(span.startNs), timelineWidth - 1);
  const length = Math.max(at(span.endNs) - from, 1);
  return `▕${`${" ".repeat(from)}${"█".repeat(length)}`.padEnd(timelineWidth)}▏`;
}
