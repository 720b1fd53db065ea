import type { Cell, OriginFinder, Trace } from "@envoy-mesh-lab/trace";
import { cards, details, escapeMarkup, figure, reportPage, swatch, table } from "@envoy-mesh-lab/trace";
import type { Cause } from "../causes/causes.ts";
import { marksOf, numbersOf } from "../causes/numbers.ts";
import type { CheckReport } from "../check-traces.ts";
import type { CountedExpectation } from "../expectation-counts.ts";
import type { Finding } from "../findings.ts";
import { plural } from "../plural.ts";
import { tracesInWords } from "../render-causes.ts";
import { drawTrace, linesAtMost } from "./drawing.ts";

/** What a page needs to know beside the report. */
export interface HtmlOptions {
  /** What the traces were read from, in words. */
  source: string;
  /** Says who made the spans of a trace, as the check was told; default by what the spans say. */
  findOrigins?: OriginFinder | undefined;
}

/** More causes, expectations and notes are reported by --json only. */
const told = 200;

/** Draws a report as one HTML page that loads nothing and runs no script: causes first, then the traces that show them. */
export function renderHtml(report: CheckReport, { source, findOrigins }: HtmlOptions): string {
  const wrong = report.causes.filter((it) => it.severity !== "note");
  const notes = report.causes.filter((it) => it.severity === "note");
  const allowed = report.allowed.filter((it) => it.severity !== "note");
  const numbers = numbersOf([...wrong, ...allowed]);
  const title = wrong.length === 0 ? "Nothing wrong in the traces" : "What is wrong in the traces";
  return reportPage(
    title,
    [
      `<h1>${title}</h1>`,
      `<p class="soft source">${escapeMarkup(source)}</p>`,
      cards([
        ["traces", `${report.traces}`],
        ["spans", `${report.spans}`],
        ["traces without findings", `${report.clean}`],
        ["causes", `${wrong.length}`],
        ...(report.verdict ? ([["traces as expected", `${report.verdict.asExpected}`]] as const) : []),
      ]),
      ...causes("Causes", wrong, 1, report.traces),
      ...causes("Found, as expected", allowed, wrong.length + 1, report.traces),
      ...drawings(report, numbers, findOrigins),
      ...checklist(report, numbers),
      ...noteList(notes, report.traces),
      `<h2>How to read this</h2><p class="soft">A cause is reported once, however many traces show it; what follows from it would not be there without it, as far as the traces show. Numbers beside spans are those of the causes. docs/checking-traces.md has every code, and the rules of what follows from what.</p>`,
    ].join("\n"),
  );
}

function causes(title: string, list: readonly Cause[], first: number, traces: number): string[] {
  if (list.length === 0) return [];
  return [
    `<h2>${title}</h2>`,
    ...list.slice(0, told).map((it, i) => causeBlock(it, first + i, traces)),
    ...(list.length > told
      ? [`<p class="soft">… and ${list.length - told} more; --json tells them all.</p>`]
      : []),
  ];
}

function causeBlock(cause: Cause, number: number, traces: number): string {
  const { finding, severity, traceId, follows } = cause;
  const lines: [string, string][] = [
    ["in", `${tracesInWords(cause, traces)}, for example ${traceId}`],
    ["seen", finding.evidence],
    ["cause", finding.cause],
    ["remedy", finding.remedy],
    ["spans", finding.spanIds.slice(0, 6).join(" ") + (finding.spanIds.length > 6 ? " …" : "")],
  ];
  const told = lines.filter(([, text]) => text !== "");
  const found = follows.reduce((sum, it) => sum + it.all.length, 0);
  return [
    `<section class="cause ${severity}" id="cause-${number}">`,
    `<h3>${number}. ${escapeMarkup(finding.code)} <span>${escapeMarkup(finding.edge)}</span></h3>`,
    `<dl>${told.map(([what, text]) => `<dt>${what}</dt><dd>${escapeMarkup(text)}</dd>`).join("")}</dl>`,
    ...(found === 0
      ? []
      : [
          details(
            `${plural(found, "finding")} that ${found === 1 ? "follows" : "follow"} from it`,
            table(
              "What would not be there without it",
              [left("code"), left("where"), left("what was seen"), right("traces"), right("times")],
              follows.map(({ finding: it, traceIds, all }) => [
                left(it.code),
                left(it.about ? `${it.about.which ?? it.edge}: ${it.about.key}` : it.edge),
                left(it.evidence),
                right(`${traceIds.length}`),
                right(`${all.length}`),
              ]),
            ),
          ),
        ]),
    "</section>",
  ].join("");
}

const left = (text: string): Cell => ({ text, left: true });
const right = (text: string): Cell => ({ text });

function drawings(
  report: CheckReport,
  numbers: ReadonlyMap<Finding, number>,
  findOrigins: OriginFinder | undefined,
): string[] {
  const shown = [...report.shown.values()];
  if (shown.length === 0) return [];
  return [
    `<h2>${shown.length === 1 ? "A trace that shows it" : "Traces that show them"}</h2>`,
    `<ul class="legend"><li>${swatch("app")}● made by an application</li><li>${swatch("proxy")}○ made by a proxy</li></ul>`,
    ...shown.map((it, i) => drawing(it, `trace-${i + 1}`, report, numbers, findOrigins)),
  ];
}

function drawing(
  trace: Trace,
  id: string,
  report: CheckReport,
  numbers: ReadonlyMap<Finding, number>,
  findOrigins: OriginFinder | undefined,
): string {
  const {
    svg,
    folded,
    left: rest,
  } = drawTrace(trace, id, marksOf(trace.traceId, numbers, report.reports), findOrigins);
  const said = [
    `${plural(trace.spans.length, "span")}; times are as the spans say, each by the clock of its own host.`,
    ...(folded > 0
      ? [
          `Spans beside each other that are alike are one line from the third on (${folded} spans have none of their own).`,
        ]
      : []),
    ...(rest > 0 ? [`${rest} lines more than ${linesAtMost} are not drawn.`] : []),
  ];
  return `<h3 class="source">${escapeMarkup(trace.traceId)}</h3>${figure(svg, said.join(" "))}`;
}

function checklist({ verdict, traces }: CheckReport, numbers: ReadonlyMap<Finding, number>): string[] {
  if (verdict === undefined) return [];
  const { name, expectations } = verdict;
  const row = ({ ok, expectation, example, met, traces: looked }: CountedExpectation): Cell[] => {
    const number = example.finding && numbers.get(example.finding);
    return [
      left(`${ok ? "✔" : "✘"} ${expectation}`),
      left(ok ? "" : example.seen),
      left(`${example.path}${example.line ? `, line ${example.line}` : ""}`),
      right(traces > 1 && example.traceId !== undefined ? `${met} of ${looked}` : ""),
      right(!ok && number !== undefined ? `${number}` : ""),
    ];
  };
  return [
    `<h2>What was expected: ${escapeMarkup(name)}</h2>`,
    table(
      `${expectations.filter((it) => it.ok).length} of ${plural(expectations.length, "expectation")} met${expectations.length > told ? `; the first ${told} are reported` : ""}`,
      [left("expected"), left("seen instead"), left("where it is said"), right("traces"), right("cause")],
      expectations
        .toSorted((a, b) => Number(a.ok) - Number(b.ok))
        .slice(0, told)
        .map(row),
    ),
  ];
}

function noteList(notes: readonly Cause[], traces: number): string[] {
  if (notes.length === 0) return [];
  return [
    "<h2>Notes</h2>",
    `<ul class="notes">${notes
      .slice(0, told)
      .map((it) => {
        const { code, edge, evidence } = it.finding;
        return `<li><b>${escapeMarkup(code)}</b> ${escapeMarkup(`${edge}: ${evidence} (in ${tracesInWords(it, traces)})`)}</li>`;
      })
      .join("")}</ul>`,
  ];
}
