import type { Alike, Cause } from "./causes/causes.ts";
import type { CheckReport } from "./check-traces.ts";
import type { CountedExpectation } from "./expectation-counts.ts";
import type { Finding, Severity } from "./findings.ts";
import { severityOf } from "./findings.ts";

/** A finding as `lab check --json` prints it. */
export type JsonFinding = { traceId: string; severity: Severity } & Finding;

/**
 * What `lab check --json` prints; docs/checking-traces.md documents it. Fields are added, never renamed; `version` would
 * grow with a change that breaks its readers.
 */
export function toJson(report: CheckReport): object {
  const list = (which: "findings" | "allowed"): JsonFinding[] =>
    report.reports.flatMap((it) =>
      it[which].map((finding) => ({
        traceId: it.traceId,
        severity: severityOf(finding.code),
        ...finding,
      })),
    );
  return {
    version: 1,
    ...(report.traceId ? { traceId: report.traceId } : {}),
    expected: report.verdict?.name ?? null,
    traces: report.traces,
    spans: report.spans,
    clean: report.clean,
    counts: report.counts,
    causes: report.causes.map(causeOf),
    findings: list("findings"),
    ...(report.verdict
      ? {
          allowed: list("allowed"),
          verdict: {
            name: report.verdict.name,
            ok: report.verdict.ok,
            asExpected: report.verdict.asExpected,
            expectations: report.verdict.expectations.map(expectationOf),
            items: report.verdict.items.map(({ finding, ...it }) => ({
              ...it,
              ...(finding ? { code: finding.code, cause: finding.cause, remedy: finding.remedy } : {}),
            })),
          },
        }
      : {}),
  };
}

/** So many of the traces that show a cause are named; `findings` has them all. */
const namedTraces = 10;

function causeOf(cause: Cause): object {
  const { severity, follows, finding } = cause;
  const { code, edge, evidence, cause: why, remedy, spanIds, confidence } = finding;
  return {
    ...{ code, severity, edge, evidence, cause: why, remedy, spanIds },
    ...(confidence ? { confidence } : {}),
    ...counted(cause),
    follows: follows.map((it) => ({
      code: it.finding.code,
      edge: it.finding.edge,
      evidence: it.finding.evidence,
      ...counted(it),
    })),
  };
}

/** In how many traces it is, which ones, and how many findings that is. */
function counted({ traceId, traceIds, all }: Alike): object {
  return {
    traces: traceIds.length,
    traceId,
    traceIds: traceIds.slice(0, namedTraces),
    findings: all.length,
  };
}

function expectationOf({ kind, expectation, ok, follows, traces, met, example }: CountedExpectation): object {
  const { path, line, seen, traceId } = example;
  return {
    ...{ kind, expectation, ok, path, ...(line === undefined ? {} : { line }), traces, met, seen },
    ...(follows ? { follows } : {}),
    ...(traceId === undefined ? {} : { traceId }),
  };
}
