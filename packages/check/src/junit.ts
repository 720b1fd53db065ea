import { escapeMarkup } from "@envoy-mesh-lab/trace";
import type { Cause } from "./causes/causes.ts";
import type { CheckReport } from "./check-traces.ts";
import type { CountedExpectation } from "./expectation-counts.ts";
import { plural } from "./plural.ts";
import { tracesInWords } from "./render-causes.ts";

/**
 * The report as JUnit XML, which CI servers show as test results: a suite with a failed case for each cause, a case for the
 * traces without findings, and a suite with a case for each expectation. Names hold no counts and no ids, so that a CI server
 * knows a case again. A note is no failure; an expectation that is unmet only because a hop before it is, is skipped.
 */
export function toJunit(report: CheckReport): string {
  const cases = [
    ...report.causes.map((it) => toCase(it, report.traces)),
    ...(report.clean > 0
      ? [
          {
            name: "traces without findings",
            className: "clean",
            output: `${report.clean} of ${plural(report.traces, "trace")}`,
          },
        ]
      : []),
  ];
  const { verdict } = report;
  const suites = [
    ...(cases.length > 0 ? [suite("causes", cases)] : []),
    ...(verdict ? [suite(`expected: ${verdict.name}`, verdict.expectations.map(expectationCase))] : []),
  ];
  const sum = (key: "tests" | "failures") => suites.reduce((total, it) => total + it[key], 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="trace check" tests="${sum("tests")}" failures="${sum("failures")}">`,
    ...suites.map((it) => it.xml),
    "</testsuites>",
    "",
  ].join("\n");
}

interface Case {
  name: string;
  className: string;
  failure?: { type: string; text: string };
  skipped?: string;
  output?: string;
}

function toCase(cause: Cause, traces: number): Case {
  const { finding, severity, traceId, follows } = cause;
  const text = [
    ...(traces > 1 ? [`in ${tracesInWords(cause, traces)}, e.g. ${traceId}: ${finding.evidence}`] : []),
    ...(traces > 1 ? [] : [`seen: ${finding.evidence}`, `trace: ${traceId}`]),
    `cause: ${finding.cause}`,
    `remedy: ${finding.remedy}`,
    `spans: ${finding.spanIds.join(" ")}`,
    ...follows.map(
      (it) => `follows: ${it.finding.code} ${it.finding.edge} (in ${tracesInWords(it, traces)})`,
    ),
  ].join("\n");
  return {
    name: finding.edge,
    className: finding.code,
    ...(severity === "note" ? { output: text } : { failure: { type: finding.code, text } }),
  };
}

function expectationCase({ expectation, ok, follows, traces, met, example }: CountedExpectation): Case {
  const head = { name: expectation, className: example.path || "expected" };
  const where = example.traceId === undefined ? "" : `, e.g. ${example.traceId}`;
  if (ok) return head;
  if (follows) return { ...head, skipped: `${example.seen}${where}` };
  const many = traces > 1 ? `in ${traces - met} of ${plural(traces, "trace")}${where}: ` : "";
  return {
    ...head,
    failure: { type: example.finding?.code ?? "expectation", text: `${many}seen: ${example.seen}` },
  };
}

function suite(name: string, cases: Case[]): { xml: string; tests: number; failures: number } {
  const failures = cases.filter((it) => it.failure).length;
  const xml = [
    `  <testsuite name="${escapeAttribute(name)}" tests="${cases.length}" failures="${failures}">`,
    ...cases.map(caseXml),
    "  </testsuite>",
  ].join("\n");
  return { xml, tests: cases.length, failures };
}

function caseXml({ name, className, failure, skipped, output }: Case): string {
  const head = `    <testcase classname="${escapeAttribute(className)}" name="${escapeAttribute(name)}"`;
  if (skipped !== undefined) {
    return [`${head}>`, `      <skipped message="${escapeAttribute(skipped)}"/>`, "    </testcase>"].join(
      "\n",
    );
  }
  if (failure === undefined && output === undefined) return `${head}/>`;
  const body = failure
    ? `      <failure type="${escapeAttribute(failure.type)}" message="${escapeAttribute(failure.text.split("\n", 1)[0] ?? "")}">${escapeMarkup(failure.text)}</failure>`
    : `      <system-out>${escapeMarkup(output ?? "")}</system-out>`;
  return [`${head}>`, body, "    </testcase>"].join("\n");
}

/** Text for an attribute, in which a line end that is not written as a number would be read as a space. */
function escapeAttribute(text: string): string {
  return escapeMarkup(text).replace(/[\n\t]/g, (it) => `&#${it.charCodeAt(0)};`);
}
