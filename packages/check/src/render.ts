import type { OriginFinder, Span, Trace } from "@envoy-mesh-lab/trace";
import { paint, printable, renderTrace, textTable } from "@envoy-mesh-lab/trace";
import type { CheckReport, TraceReport } from "./check-traces.ts";
import type { Expected } from "./expected.ts";
import type { Finding, Severity } from "./findings.ts";
import { fails, severityOf } from "./findings.ts";
import { nothingToDo } from "./rules/quirks.ts";
import type { Verdict } from "./verdict.ts";

/** How many traces are told in full; the rest is in the summary and in --json. */
const toldTraces = 20;

/** The verdict in words: one line when all is well, else a block for each finding. */
export function renderFindings(findings: Finding[], expected: Expected): string {
  if (findings.length === 0) {
    return `✔ ${expected.hops.length} spans in one chain: every proxy span sits exactly between the application spans.`;
  }
  return [`✘ ${plural(findings.length, "finding")}`, ...findings.flatMap((it) => block(it, false))].join(
    "\n",
  );
}

/** How `renderReport` draws. */
export interface RenderOptions {
  expected: Expected | undefined;
  /** Whether to tell the whole checklist, also what is as expected. */
  checklist: boolean;
  /** Whether to use ANSI colours; the words say the same. */
  color: boolean;
  /** Tells who made the spans of a trace, as the check was told; default by what the spans say. */
  findOrigins?: OriginFinder | undefined;
  /** How wide traces are drawn, in columns (default: as `renderTrace` does). */
  width?: number | undefined;
  /** Where a trace is to be seen, in words. */
  link?: ((traceId: string) => string) | undefined;
}

/**
 * What a check found, in words: a summary first when there are many traces, then each trace that has findings, drawn,
 * with its findings, and in the end the checklist of what was expected.
 */
export function renderReport(report: CheckReport, options: RenderOptions): string {
  const { expected, checklist } = options;
  const { verdict } = report;
  const list = verdict && (checklist || !verdict.ok) ? renderChecklist(verdict, checklist) : [];
  const wrong = report.reports.filter((it) => fails(it.findings) || it.allowed.length > 0);
  if (report.traces === 1 && wrong.length === 0 && verdict?.ok !== false) {
    return [
      ...named(report.traceId as string, options),
      ...(checklist && verdict ? list : [allWell(report, expected)]),
      ...renderNotes(report.reports.flatMap((it) => it.findings)),
    ].join("\n");
  }
  const told = wrong.slice(0, toldTraces);
  const notes = notesOf(report.reports.filter((it) => !told.includes(it)));
  const untold = wrong.length - told.length;
  return [
    ...(report.traces === 1 ? [] : [summary(report), ""]),
    ...told.map((it) => renderTraceReport(it, report, options)),
    ...(untold > 0 ? [`… and ${plural(untold, "more trace")} with findings; --json tells them all`, ""] : []),
    ...(notes.length > 0 ? [...renderNotes(notes), ""] : []),
    ...list,
  ].join("\n");
}

/** How many lines of a checklist are told: all that are not met, and of the others only a few traces' worth. */
const toldItems = 60;

function renderChecklist({ name, ok, items }: Verdict, all: boolean): string[] {
  const wanted = all ? items : items.filter((it) => !it.ok);
  const told = [...wanted.filter((it) => !it.ok), ...wanted.filter((it) => it.ok)].slice(0, toldItems);
  const shown = wanted.filter((it) => told.includes(it));
  return [
    `${ok ? "✔" : "✘"} ${printable(name)}: ${items.filter((it) => it.ok).length} of ${items.length} as expected`,
    ...shown.flatMap((it) => [
      `  ${it.ok ? "✔" : "✘"} ${printable(it.expectation)}${it.ok ? "" : `  (${[printable(it.path), ...(it.line ? [`line ${it.line}`] : [])].join(", ")})`}`,
      ...(it.ok ? [] : [`      seen: ${printable(it.seen)}`]),
    ]),
    ...(wanted.length > shown.length ? [`  … and ${wanted.length - shown.length} more`] : []),
  ];
}

function allWell(report: CheckReport, expected: Expected | undefined): string {
  if (expected === undefined) {
    return `✔ ${plural(report.spans, "span")}, and no rule found anything wrong.`;
  }
  return expected.hops.length > 0 && isPlainChain(expected)
    ? renderFindings([], expected)
    : `✔ ${plural(report.spans, "span")}: all is as expected in "${printable(expected.name)}".`;
}

function isPlainChain({ hops }: Expected): boolean {
  return hops.every((it) =>
    Object.keys(it).every((key) => ["service", "direction", "kind", "role"].includes(key)),
  );
}

function summary(report: CheckReport): string {
  const counts = Object.entries(report.counts).sort(
    ([a, x], [b, y]) => Number(y) - Number(x) || (a < b ? -1 : 1),
  );
  return [
    `${plural(report.traces, "trace")}, ${plural(report.spans, "span")}: ${report.clean} clean, ${report.traces - report.clean} with findings`,
    ...textTable(
      counts.map(([code, count]) => [code, String(count).padStart(6), severityOf(code as Finding["code"])]),
      ["left", "right", "left"],
    ).map((line) => `  ${line}`.trimEnd()),
  ].join("\n");
}

function renderTraceReport(
  { traceId, findings, allowed }: TraceReport,
  report: CheckReport,
  options: RenderOptions,
): string {
  const { color } = options;
  const trace = report.shown.get(traceId);
  const wrong = findings.filter((it) => severityOf(it.code) !== "note");
  const numbers = new Map([...wrong, ...allowed].map((it, i) => [it, i + 1]));
  const told = (it: Finding) => block(it, color, numbers.get(it));
  return [
    ...(trace ? drawing(trace, numbers, options) : []),
    ...named(traceId, options),
    ...(wrong.length > 0 ? [`✘ ${plural(wrong.length, "finding")}`, ...wrong.flatMap(told)] : []),
    ...renderNotes(findings),
    ...(allowed.length > 0 ? ["", `✔ ${plural(allowed.length, "finding")}, as expected`] : []),
    ...allowed.flatMap(told),
    "",
  ].join("\n");
}

/** A trace's id, and where the trace is to be seen. */
function named(traceId: string, { link }: RenderOptions): string[] {
  return [`trace ${traceId}`, ...(link ? [`  ${link(traceId)}`] : [])];
}

/** A trace with more spans is not drawn: nobody would read it. */
const drawnSpans = 300;

/** The trace, with the number of each finding beside the first spans that show it. */
function drawing(
  trace: Trace,
  numbers: Map<Finding, number>,
  { color, width, findOrigins }: RenderOptions,
): string[] {
  if (trace.spans.length > drawnSpans) {
    return [`(a trace of ${trace.spans.length} spans is not drawn)`];
  }
  const marks = new Map<string, number[]>();
  for (const [{ spanIds }, number] of numbers) {
    for (const id of spanIds.slice(0, 2)) marks.set(id, [...(marks.get(id) ?? []), number]);
  }
  const mark = ({ spanId }: Span) => {
    const found = marks.get(spanId);
    return found ? `◀ ${found.join(", ")}` : "";
  };
  const origins = findOrigins?.(trace);
  return [
    renderTrace({ traceId: trace.traceId, spans: trace.spans }, color, {
      ...(origins ? { origins } : {}),
      mark,
      ...(width === undefined ? {} : { width }),
    }),
  ];
}

const colors = { error: "red", warning: "yellow", note: "blue" } as const;

function block(it: Finding, color: boolean, number?: number): string[] {
  const severity: Severity = severityOf(it.code);
  const code = color ? paint(colors[severity], it.code) : it.code;
  const spans =
    it.spanIds.length > 6
      ? `${it.spanIds.slice(0, 6).join(" ")} … (${it.spanIds.length})`
      : it.spanIds.join(" ");
  return [
    "",
    `${number === undefined ? "  " : `${number}. `.padStart(4)}${code}  ${printable(it.edge)}`,
    `    seen:   ${printable(it.evidence)}`,
    `    cause:  ${printable(it.cause)}`,
    `    remedy: ${printable(it.remedy)}`,
    ...(spans ? [`    spans:  ${spans}`] : []),
    ...(it.otherTraceIds ? [`    traces: ${it.otherTraceIds.join(" ")}`] : []),
  ];
}

/** The notes of the rules in traces that are not told by themselves: each once, with the first of its traces. */
function notesOf(reports: TraceReport[]): Finding[] {
  const notes = new Map<string, Finding>();
  for (const it of reports.flatMap(({ findings }) => findings)) {
    if (severityOf(it.code) !== "note" || it.code.startsWith("input.")) continue;
    const key = `${it.code} ${it.edge}`;
    if (!notes.has(key) && notes.size < toldNotes) notes.set(key, it);
  }
  return [...notes.values()];
}

/** How many notes are told of traces that have nothing else. */
const toldNotes = 10;

function renderNotes(findings: Finding[]): string[] {
  const notes = findings.filter((it) => severityOf(it.code) === "note");
  return notes.length === 0 ? [] : ["", `${plural(notes.length, "note")}:`, ...notes.map(noteLine)];
}

function noteLine({ code, edge, evidence, remedy, spanIds }: Finding): string {
  const spans =
    spanIds.length > 3 ? `${spanIds.slice(0, 3).join(" ")} … (${spanIds.length})` : spanIds.join(" ");
  // Of what was odd in the input, its spans say where; of all else, the edge does.
  const where = code.startsWith("input.") ? "" : `  ${printable(edge)}`;
  return [
    `  ${code}${where}: ${printable(evidence)}${spans ? ` (${spans})` : ""}`,
    ...(remedy === nothingToDo ? [] : [`      remedy: ${printable(remedy)}`]),
  ].join("\n");
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
