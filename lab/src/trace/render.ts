import { styleText } from "node:util";
import { durationNs, type Quirk, type Span, serviceOf, type Trace } from "./model.ts";
import { type Attributions, attribute, type Role } from "./role.ts";
import { type SpanNode, toForest } from "./tree.ts";

/** How wide the time line is drawn, in characters. */
const timelineWidth = 30;

/**
 * Draws a trace as a tree: one line a span, with who made it (app or proxy), its kind, how long it took and when,
 * on a time line. Spans whose parent is missing stand in a block of their own.
 *
 * @param color whether to use ANSI colours; roles are told apart by words and marks all the same.
 * @param options `attributions`: who made each span, if known already; `why`: add the evidence for it to each line.
 */
export function renderTrace(
  trace: Trace,
  color: boolean,
  { attributions = attribute(trace), why = false }: { attributions?: Attributions; why?: boolean } = {},
): string {
  const { roots, orphans } = toForest(trace);
  const range = rangeOf(trace.spans);
  const rows = [
    ...roots.flatMap((it) => rowsOf(it, "", "", false, attributions)),
    ...orphans.flatMap((it) => rowsOf(it, "", "", true, attributions)),
  ];
  const widths = {
    label: Math.max(...rows.map((it) => it.label.length), 0),
    kind: Math.max(...rows.map((it) => it.kind.length), 0),
    took: Math.max(...rows.map((it) => it.took.length), 0),
  };
  const paint = (row: Row, text: string) =>
    color ? styleText(row.role === "proxy" ? "cyan" : "green", text, { validateStream: false }) : text;
  const lines = rows.map((row) => {
    const head = `${row.role === "proxy" ? "○ proxy" : "● app  "}  ${row.label.padEnd(widths.label)}  ${row.kind.padEnd(widths.kind)}`;
    const tail = `${row.took.padStart(widths.took)}  ${timeline(row.span, range)}`;
    const evidence = why ? [`           ↑ ${attributions(row.span).evidence.join("; ")}`] : [];
    return [`${paint(row, head)}  ${tail}  ${row.name}${row.note}`, ...evidence].join("\n");
  });
  const quirks = (trace.quirks ?? []).map((it) => `note ${it.code}: ${quirkLine(it)}`);
  const total = range.end - range.start;
  return [
    `trace ${trace.traceId}: ${rows.length} spans, ${millis(total)}`,
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

function rowsOf(
  node: SpanNode,
  lead: string,
  branch: string,
  orphan: boolean,
  attributions: Attributions,
): Row[] {
  const { span } = node;
  const { role, direction } = attributions(span);
  const row: Row = {
    span,
    role,
    label: `${lead}${branch}${[serviceOf(span), direction].filter(Boolean).join(" ")}`,
    kind: span.kind.toUpperCase(),
    took: millis(durationNs(span)),
    name: span.name,
    note: [
      span.status.code === "error" ? `  ERROR${span.status.message ? ` ${span.status.message}` : ""}` : "",
      orphan ? `  (its parent ${span.parentSpanId} is missing)` : "",
    ].join(""),
  };
  const inner = branch === "" ? lead : lead + (branch.startsWith("├") ? "│ " : "  ");
  return [
    row,
    ...node.children.flatMap((child, i) =>
      rowsOf(child, inner, i === node.children.length - 1 ? "└ " : "├ ", false, attributions),
    ),
  ];
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
  const range = { start: spans[0]?.startNs ?? 0n, end: spans[0]?.endNs ?? 0n };
  for (const { startNs, endNs } of spans) {
    if (startNs < range.start) range.start = startNs;
    if (endNs > range.end) range.end = endNs;
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

/** Nanoseconds as milliseconds with two decimals. */
export function millis(ns: bigint): string {
  return `${(Number(ns) / 1e6).toFixed(2)} ms`;
}
