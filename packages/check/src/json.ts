import type { CheckReport } from "./check-traces.ts";
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
    findings: list("findings"),
    ...(report.verdict
      ? {
          allowed: list("allowed"),
          verdict: {
            name: report.verdict.name,
            ok: report.verdict.ok,
            items: report.verdict.items.map(({ finding, ...it }) => ({
              ...it,
              ...(finding ? { code: finding.code, cause: finding.cause, remedy: finding.remedy } : {}),
            })),
          },
        }
      : {}),
  };
}
