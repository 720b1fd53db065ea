import type { CheckReport, Expected, Finding, Severity, VerdictItem } from "@envoy-mesh-lab/check";
import { checkTraces, severityOf } from "@envoy-mesh-lab/check";
import type { Trace } from "@envoy-mesh-lab/trace";
import { shown } from "./shown.ts";

/** A finding as the page shows it. */
export interface ShownFinding {
  readonly code: string;
  readonly severity: Severity;
  readonly edge: string;
  readonly evidence: string;
  readonly cause: string;
  readonly remedy: string;
  readonly isLikely: boolean;
  readonly spanIds: readonly string[];
}

/** An expectation and what came of it. */
export interface ChecklistItem {
  readonly ok: boolean;
  readonly state: VerdictItem["state"];
  readonly expectation: string;
  readonly seen: string;
  readonly spanIds: readonly string[];
  readonly finding?: ShownFinding;
}

/** What `lab check` says of a trace. */
export interface Judgement {
  /** What was expected; absent where the rules alone judge. */
  readonly expected?: string;
  readonly checklist: readonly ChecklistItem[];
  readonly findings: readonly ShownFinding[];
  readonly report: CheckReport;
}

/** Checks one trace as `lab check` does. */
export async function judge(trace: Trace, expected: Expected | undefined): Promise<Judgement> {
  const report = await checkTraces([trace], { expected });
  return {
    ...(report.verdict ? { expected: report.verdict.name } : {}),
    checklist: (report.verdict?.items ?? []).map((it) => ({
      ok: it.ok,
      state: it.state,
      expectation: shown(it.expectation),
      seen: shown(it.seen),
      spanIds: it.spanIds,
      ...(it.finding ? { finding: shownFinding(it.finding) } : {}),
    })),
    findings: report.reports.flatMap((it) => it.findings).map(shownFinding),
    report,
  };
}

function shownFinding(finding: Finding): ShownFinding {
  return {
    code: finding.code,
    severity: severityOf(finding.code),
    edge: shown(finding.edge),
    evidence: shown(finding.evidence),
    cause: shown(finding.cause),
    remedy: shown(finding.remedy),
    isLikely: finding.confidence === "likely",
    spanIds: finding.spanIds,
  };
}
