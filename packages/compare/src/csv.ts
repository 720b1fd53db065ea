import { printableLines } from "@envoy-mesh-lab/trace";
import type { CompareReport, Figures, Line, SampleReport } from "./report.ts";
import type { Estimate, Summary } from "./statistics.ts";

const estimates = ["mean", "p50", "p90", "p99", "share", "perTrace"] as const;

const columns = [
  ...["set", "group", "of", "role", "label", "traces"],
  ...estimates.flatMap((it) => [it, `${it}_low`, `${it}_high`]),
  ...["difference", "difference_low", "difference_high", "p", "verdict", "until"],
];

/**
 * A report as CSV (RFC 4180: CRLF, quoted where needed), one line for the whole, each role and each hop. `set` is `a`,
 * `b` or `b-a`; `until` is `answer` or `last`. Times in ns, shares from 0 to 1; a field is empty where nothing can be told.
 */
export function toCsv(report: CompareReport): string {
  const rows = [
    columns,
    ...sampleRows("a", "", report.a),
    ...(report.groups ?? []).flatMap((it) => sampleRows("a", it.value, it)),
    ...(report.b ? sampleRows("b", "", report.b) : []),
    ...(report.differences ?? []).map((it) => [
      ...["b-a", "", it.of, it.role ?? "", it.label, ""],
      ...estimates.flatMap(() => ["", "", ""]),
      ...[...bounds(it.difference), it.p ?? "", it.verdict, "answer"],
    ]),
  ];
  return rows.map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

type Field = string | number;

function sampleRows(set: string, group: string, report: SampleReport): Field[][] {
  const { untilLast } = report;
  return [report, ...(untilLast === undefined ? [] : [untilLast])].flatMap((it) =>
    figureRows(set, group, it),
  );
}

function figureRows(set: string, group: string, report: Figures): Field[][] {
  const row = (of: string, role: string, label: string, summary: Summary): Field[] => [
    ...[set, group, of, role, label, summary.count],
    ...estimates.flatMap((it) => bounds(summary[it])),
    ...["", "", "", "", "", report.until],
  ];
  const lines = (of: string, list: Line[]) => list.map((it) => row(of, it.role, it.label, it));
  return [
    row("total", "", "end to end", report.total),
    ...lines("role", report.roles),
    ...lines("hop", report.hops),
  ];
}

function bounds({ value, low, high }: Estimate): Field[] {
  return [value, low ?? "", high ?? ""];
}

function field(value: Field): string {
  if (typeof value === "number") {
    return `${value}`;
  }
  // Spreadsheets take such text for a formula (OWASP, "CSV Injection").
  const plain = printableLines(value);
  const text = /^[=+\-@\t]/.test(plain) ? `'${plain}` : plain;
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
