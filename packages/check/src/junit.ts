import { escapeMarkup } from "@envoy-mesh-lab/trace";
import type { CheckReport } from "./check-traces.ts";
import type { Finding } from "./findings.ts";
import { severityOf } from "./findings.ts";

/**
 * The report as JUnit XML, which CI servers show as test results: a suite for each trace with findings, one for all that
 * are clean, and one for the checklist of what was expected. A finding is a failed case; a note is no failure.
 */
export function toJunit(report: CheckReport): string {
  const suites = [
    ...report.reports
      .filter((it) => it.findings.length > 0)
      .map((it) => suite(`trace ${it.traceId}`, it.findings.map(toCase))),
    ...(report.clean > 0
      ? [
          suite("traces without findings", [
            { name: `${report.clean} of ${report.traces} traces`, className: "clean" },
          ]),
        ]
      : []),
    ...(report.verdict
      ? [
          suite(
            `expected: ${report.verdict.name}`,
            report.verdict.items.map((it) => ({
              name: it.expectation,
              className: it.path || "expected",
              ...(it.ok
                ? {}
                : { failure: { type: it.finding?.code ?? "expectation", text: `seen: ${it.seen}` } }),
            })),
          ),
        ]
      : []),
  ];
  const sum = (key: "tests" | "failures") => suites.reduce((total, it) => total + it[key], 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="lab check" tests="${sum("tests")}" failures="${sum("failures")}">`,
    ...suites.map((it) => it.xml),
    "</testsuites>",
    "",
  ].join("\n");
}

interface Case {
  name: string;
  className: string;
  failure?: { type: string; text: string };
  output?: string;
}

function toCase(it: Finding): Case {
  const text = [
    `seen: ${it.evidence}`,
    `cause: ${it.cause}`,
    `remedy: ${it.remedy}`,
    `spans: ${it.spanIds.join(" ")}`,
  ].join("\n");
  return {
    name: it.edge,
    className: it.code,
    ...(severityOf(it.code) === "note" ? { output: text } : { failure: { type: it.code, text } }),
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

function caseXml({ name, className, failure, output }: Case): string {
  const head = `    <testcase classname="${escapeAttribute(className)}" name="${escapeAttribute(name)}"`;
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
