import type { OriginFinder, Span, Trace } from "@envoy-mesh-lab/trace";
import { printable, renderTrace, textTable } from "@envoy-mesh-lab/trace";
import type { Cause } from "./causes/causes.ts";
import { marksOf, numbersOf } from "./causes/numbers.ts";
import type { CheckReport } from "./check-traces.ts";
import type { Expected } from "./expected.ts";
import type { Finding } from "./findings.ts";
import { severityOf } from "./findings.ts";
import { plural } from "./plural.ts";
import type { CauseStyle } from "./render-causes.ts";
import { renderCause, tracesInWords } from "./render-causes.ts";
import { renderChecklist } from "./render-checklist.ts";
import { nothingToDo } from "./rules/quirks.ts";

/** How many causes are reported in full; the rest is in --json. */
const toldCauses = 20;

/** How many traces are drawn, however many are kept to be. */
const drawnTraces = 3;

/** How many notes are reported, of a trace and of many. */
const toldNotes = 10;

/** The verdict in words: one line when all is well, else a block for each finding. */
export function renderFindings(findings: Finding[], expected: Expected): string {
  if (findings.length === 0) {
    return `✔ ${expected.hops.length} spans in one chain: every proxy span sits exactly between the application spans.`;
  }
  const causes = findings.map((finding) => ({
    ...{ finding, traceId: "", traceIds: [], all: [], follows: [] },
    severity: severityOf(finding.code),
  }));
  const style = { traces: 1, color: false };
  return [
    `✘ ${plural(findings.length, "finding")}`,
    ...causes.flatMap((it) => renderCause(it, undefined, style)),
  ].join("\n");
}

/** How `renderReport` draws. */
export interface RenderOptions {
  expected: Expected | undefined;
  /** Whether to tell the whole checklist, also what is as expected. */
  checklist: boolean;
  /** Whether to use ANSI colours; the words say the same. */
  color: boolean;
  /** Says who made the spans of a trace, as the check was told; default by what the spans say. */
  findOrigins?: OriginFinder | undefined;
  /** How wide traces are drawn, in columns (default: as `renderTrace` does). */
  width?: number | undefined;
  /** Whether to draw with each span the evidence for who made it. Default false. */
  why?: boolean | undefined;
  /** Where a trace is to be seen, in words. */
  link?: ((traceId: string) => string) | undefined;
}

/**
 * What a check found, in words: of many traces a summary first; then what is wrong, each cause once with what follows from
 * it, and traces that show the first of them, drawn; in the end the checklist of what was expected.
 */
export function renderReport(report: CheckReport, options: RenderOptions): string {
  const { expected, checklist } = options;
  const { verdict, traces } = report;
  const wrong = report.causes.filter((it) => it.severity !== "note");
  const allowed = report.allowed.filter((it) => it.severity !== "note");
  const list =
    verdict && (checklist || !verdict.ok)
      ? renderChecklist(verdict, { traces, asExpected: verdict.asExpected, causes: wrong, all: checklist })
      : [];
  const notes = renderNotes(
    report.causes.filter((it) => it.severity === "note"),
    traces,
  );
  if (traces === 1 && wrong.length + allowed.length === 0 && verdict?.ok !== false) {
    return [
      ...named(report.traceId as string, options),
      ...(checklist && verdict ? list : [allWell(report, expected)]),
      ...notes,
    ].join("\n");
  }
  const numbers = numbersOf([...wrong, ...allowed]);
  const undrawn = traces === 1 && report.shown.size === 0 ? named(report.traceId as string, options) : [];
  const shown = new Map([...report.shown].slice(0, drawnTraces));
  const drawn = [...shown.values()].flatMap((it) => drawing(it, numbers, report, options));
  const style = { traces, color: options.color, link: options.link, drawn: shown };
  const told = [...renderCauses(wrong, style), ...renderAllowed(allowed, wrong.length, style)];
  return [
    ...(traces === 1 ? [] : [summary(report), ""]),
    ...(traces === 1 ? [...drawn, ...undrawn, ...told] : [...told, ...drawn]),
    ...(notes.length > 0 ? [...notes, ""] : []),
    ...list,
  ].join("\n");
}

function renderCauses(causes: readonly Cause[], style: CauseStyle): string[] {
  if (causes.length === 0) return [];
  const found = causes.reduce(
    (sum, it) => sum + [it, ...it.follows].reduce((n, { all }) => n + all.length, 0),
    0,
  );
  const findings = found > causes.length ? ` of ${found} findings` : "";
  return [
    `✘ ${plural(causes.length, "cause")}${findings}`,
    ...causes.slice(0, toldCauses).flatMap((it, i) => renderCause(it, i + 1, style)),
    ...(causes.length > toldCauses
      ? ["", `… and ${plural(causes.length - toldCauses, "more cause")}; --json tells them all`]
      : []),
    "",
  ];
}

/** What was found and is as expected, numbered after what is wrong. */
function renderAllowed(allowed: readonly Cause[], before: number, style: CauseStyle): string[] {
  if (allowed.length === 0) return [];
  return [
    `✔ ${plural(allowed.length, "finding")}, as expected`,
    ...allowed.slice(0, toldCauses).flatMap((it, i) => renderCause(it, before + i + 1, style)),
    "",
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

/** A trace's id, and where the trace is to be seen. */
function named(traceId: string, { link }: RenderOptions): string[] {
  return [`trace ${traceId}`, ...(link ? [`  ${link(traceId)}`] : [])];
}

/** A trace with more spans is not drawn: nobody would read it. */
const drawnSpans = 300;

/** A trace, with the number of each cause beside the first spans that show it. */
function drawing(
  trace: Trace,
  numbers: ReadonlyMap<Finding, number>,
  report: CheckReport,
  options: RenderOptions,
): string[] {
  const { color, width, findOrigins, why = false } = options;
  if (trace.spans.length > drawnSpans) {
    return [`(a trace of ${trace.spans.length} spans is not drawn)`, ...named(trace.traceId, options), ""];
  }
  const marks = marksOf(trace.traceId, numbers, report.reports);
  const origins = findOrigins?.(trace);
  return [
    renderTrace({ traceId: trace.traceId, spans: trace.spans }, color, {
      ...(origins ? { origins } : {}),
      why,
      mark: ({ spanId }: Span) => {
        const found = marks.get(spanId);
        return found ? `◀ ${[...found].sort((a, b) => a - b).join(", ")}` : "";
      },
      ...(width === undefined ? {} : { width }),
    }),
    ...named(trace.traceId, options),
    "",
  ];
}

function renderNotes(notes: readonly Cause[], traces: number): string[] {
  if (notes.length === 0) return [];
  return [
    "",
    `${plural(notes.length, "note")}:`,
    ...notes.slice(0, toldNotes).map((it) => noteLine(it, traces)),
    ...(notes.length > toldNotes ? [`  … and ${notes.length - toldNotes} more`] : []),
  ];
}

function noteLine(note: Cause, traces: number): string {
  const { code, edge, evidence, remedy, spanIds } = note.finding;
  const spans =
    spanIds.length > 3 ? `${spanIds.slice(0, 3).join(" ")} … (${spanIds.length})` : spanIds.join(" ");
  // Of what was odd in the input, its spans say where; of all else, the edge does.
  const where = code.startsWith("input.") ? "" : `  ${printable(edge)}`;
  const often = traces > 1 ? ` (in ${tracesInWords(note, traces)}, e.g. ${note.traceId})` : "";
  return [
    `  ${code}${where}: ${printable(evidence)}${spans ? ` (${spans})` : ""}${often}`,
    ...(remedy === nothingToDo ? [] : [`      remedy: ${printable(remedy)}`]),
  ].join("\n");
}
