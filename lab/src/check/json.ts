import type { CheckReport } from "./check-traces.ts";
import { type Finding, type Severity, severityOf } from "./findings.ts";

/** A finding as `lab check --json` prints it. */
export type JsonFinding = { traceId: string; severity: Severity } & Finding;

/**
 * What `lab check --json` prints; docs/checking-traces.md documents it. Fields are added, never renamed; `version` would
 * grow with a change that breaks its readers.
 */
export function toJson(report: CheckReport): object {
  const findings: JsonFinding[] = report.reports.flatMap((it) =>
    it.findings.map((finding) => ({
      traceId: it.traceId,
      severity: severityOf(finding.code),
      ...finding,
    })),
  );
  return {
    version: 1,
    ...(report.traceId ? { traceId: report.traceId } : {}),
    expected: report.expected ?? null,
    traces: report.traces,
    spans: report.spans,
    clean: report.clean,
    counts: report.counts,
    findings,
  };
}
