import { duration, printable, wrap } from "@envoy-mesh-lab/trace";
import { interval, percent, roleStyle } from "./format.ts";
import { mixturesOf, notesOf } from "./notes.ts";
import { renderDifferences } from "./render-differences.ts";
import type { CompareReport, Figures, Line, SampleReport } from "./report.ts";
import type { TextStyle } from "./text-table.ts";
import { narrowest, paint, renderTable } from "./text-table.ts";

/** Groups beyond so many are reported as one line. */
const groupsShown = 10;

/** Draws a report. */
export function renderReport(report: CompareReport, style: TextStyle): string {
  const { a, b, groups } = report;
  if (b !== undefined) {
    return [
      ...wrap(`A is ${printable(a.source)}: ${headOf(a)}`, style.width),
      ...wrap(`B is ${printable(b.source)}: ${headOf(b)}`, style.width),
      "",
      ...renderDifferences(report, style),
      ...(groups ? ["", ...renderGroups(report, style, "A, ")] : []),
      ...[
        ...[...goesOn(a), ...notesOf(a)].map((it) => `A: ${it}`),
        ...[...goesOn(b), ...notesOf(b)].map((it) => `B: ${it}`),
      ].flatMap((it) => ["", ...wrap(it, style.width)]),
    ].join("\n");
  }
  if (groups === undefined) {
    return renderSample(a, style);
  }
  return [...wrap(headOf(a), style.width), "", ...renderGroups(report, style, "")].join("\n");
}

function renderGroups({ groups = [], by }: CompareReport, style: TextStyle, lead: string): string[] {
  const rest = groups.length - groupsShown;
  return [
    ...groups
      .slice(0, groupsShown)
      .flatMap((it, i) => [
        ...(i > 0 ? [""] : []),
        `── ${lead}${printable(by ?? "")} = ${printable(it.value)}`,
        "",
        renderSample(it, style),
      ]),
    ...(rest > 0
      ? ["", `… and ${rest} more values of ${printable(by ?? "")}: --json and --csv tell all of them`]
      : []),
  ];
}

/** Where two sets are compared until their answers: that work went on after them. */
function goesOn({ untilLast }: SampleReport): string[] {
  return untilLast === undefined
    ? []
    : [
        `the times are those until the answer. In ${untilLast.traces} ${untilLast.traces === 1 ? "trace" : "traces"} work went on after it, until the last span for ${duration(untilLast.total.mean.value)} on average: compare the set by itself to see whose.`,
      ];
}

/** What a set of traces is, in a line. */
function headOf({ traces, spans, total }: SampleReport): string {
  return traces === 1
    ? `1 trace, ${spans} ${spans === 1 ? "span" : "spans"}, ${duration(total.mean.value)} end to end`
    : `${traces} traces, ${spans} spans, end to end ${duration(total.mean.value)} on average (95 % interval of that average: ${interval(total.mean)}), p50 ${duration(total.p50.value)}, p90 ${duration(total.p90.value)}, p99 ${duration(total.p99.value)}`;
}

/** Draws what is known of a set of traces: the roles, the hops, the slowest traces, and what was odd. */
function renderSample(report: SampleReport, style: TextStyle): string {
  const one = report.traces === 1;
  return [
    ...wrap(headOf(report), style.width),
    "",
    stackedBar(report.roles, style),
    "",
    ...table(report.roles, report, style, false),
    "",
    ...table(report.hops, report, style, true),
    ...(one ? [] : ["", ...slowest(report)]),
    ...afterAnswer(report, style),
    ...[...mixturesOf(report), ...notesOf(report)].flatMap((it) => ["", ...wrap(printable(it), style.width)]),
  ].join("\n");
}

/** The time until the last span, where work went on after the answer. */
function afterAnswer({ untilLast, traces }: SampleReport, style: TextStyle): string[] {
  if (untilLast === undefined) {
    return [];
  }
  const { total, roles, hops } = untilLast;
  const some = untilLast.traces === traces ? "" : `In ${untilLast.traces} of ${traces} traces work`;
  const until = traces === 1 ? duration(total.mean.value) : `${duration(total.mean.value)} on average`;
  return [
    "",
    ...wrap(
      `That is the time until the answer: until the root span had ended. ${some || "Work"} went on after it; until the last span it is ${until}:`,
      style.width,
    ),
    "",
    stackedBar(roles, style),
    "",
    ...table(roles, untilLast, style, false),
    "",
    ...table(hops, untilLast, style, true),
  ];
}

/** One bar over the whole width, a piece for each role. */
function stackedBar(roles: Line[], style: TextStyle): string {
  const width = Math.max(style.width, narrowest) - 2;
  let drawn = 0;
  let share = 0;
  const pieces = roles.map(({ role, share: { value } }) => {
    share += value;
    const length = Math.round(share * width) - drawn;
    drawn += length;
    return paint(role, roleStyle[role].fill.repeat(length), style);
  });
  return `▕${pieces.join("")}${" ".repeat(Math.max(width - drawn, 0))}▏`;
}

function table(lines: Line[], report: Figures, style: TextStyle, hops: boolean): string[] {
  const many = report.traces > 1;
  const columns: [string, (it: Line) => string][] = many
    ? [
        ["n", (it) => `${it.count}`],
        ["mean", (it) => duration(it.mean.value)],
        ...(style.intervals
          ? [["95 % interval", (it) => interval(it.mean)] satisfies [string, (it: Line) => string]]
          : []),
        ["p50", (it) => duration(it.p50.value)],
        ["p90", (it) => duration(it.p90.value)],
        ["p99", (it) => duration(it.p99.value)],
        ["share", (it) => percent(it.share.value)],
      ]
    : [
        ["time", (it) => duration(it.mean.value)],
        ["share", (it) => percent(it.share.value)],
      ];
  return renderTable(
    columns.map(([name]) => name),
    lines.map((it) => ({
      role: it.role,
      label: hops ? it.label : roleStyle[it.role].words,
      cells: columns.map(([, cell]) => cell(it)),
      bar: it.share.value,
    })),
    style,
    !hops,
  );
}

function slowest(report: SampleReport): string[] {
  return [
    "the slowest traces:",
    ...report.slowest.slice(0, 5).map((it) => `  ${it.traceId}  ${duration(it.totalNs)}`),
  ];
}
