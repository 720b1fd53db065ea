import type { Trace } from "../trace/model.ts";
import { checkTrace } from "./check.ts";
import type { Expected } from "./expected.ts";
import { type Finding, type FindingCode, fails } from "./findings.ts";
import { InputRules } from "./input-rules.ts";
import { applyRules } from "./rules/index.ts";
import { indexTrace } from "./trace-index.ts";

/** What was found in one trace. */
export type TraceReport = { traceId: string; spans: number; findings: Finding[] };

/** What was found in all traces of an input. */
export type CheckReport = {
  /** The id of the trace, when the input held only one. */
  traceId?: string;
  /** The name of the expectation; absent when the rules alone judged. */
  expected?: string;
  traces: number;
  spans: number;
  /** Traces without any finding. */
  clean: number;
  /** How often each code was found. */
  counts: Partial<Record<FindingCode, number>>;
  /** The traces with findings, in the order of the input. */
  reports: TraceReport[];
  /** Some of the traces with findings, to be drawn. */
  shown: Map<string, Trace>;
};

/** What differs from one check to another. */
export type CheckOptions = {
  /** What every trace must look like; without it the rules alone judge. */
  expected?: Expected | undefined;
  /** Codes that are not told. */
  ignore?: ReadonlySet<string> | undefined;
  /** How many traces with findings are kept to be drawn; default 3. */
  show?: number | undefined;
};

/** Traces that wait for the end of the input, because a rule over all traces may find something in them. */
const keptSpans = 5000;

/** Checks traces one after the other, keeping of those that are clean only what the rules over all traces need. */
export async function checkTraces(
  traces: AsyncIterable<Trace> | Iterable<Trace>,
  { expected, ignore, show = 3 }: CheckOptions = {},
): Promise<CheckReport> {
  const inputRules = new InputRules();
  const order: string[] = [];
  const reports = new Map<string, TraceReport>();
  const shown = new Map<string, Trace>();
  const waiting = new Map<string, Trace>();
  let waitingSpans = 0;
  let spans = 0;
  for await (const trace of traces) {
    const index = indexTrace(trace);
    const found = applyRules(index);
    const findings = expected ? merge(checkTrace(trace, expected), found) : found;
    inputRules.add(index);
    spans += trace.spans.length;
    order.push(trace.traceId);
    if (findings.length > 0) {
      reports.set(trace.traceId, { traceId: trace.traceId, spans: trace.spans.length, findings });
      if (shown.size < show) shown.set(trace.traceId, trace);
    } else if (waitingSpans < keptSpans) {
      waiting.set(trace.traceId, trace);
      waitingSpans += trace.spans.length;
    }
  }
  for (const { traceId, finding } of inputRules.findings()) {
    const report = reports.get(traceId);
    if (report) {
      report.findings = supersede(report.findings, finding);
    } else {
      reports.set(traceId, { traceId, spans: waiting.get(traceId)?.spans.length ?? 0, findings: [finding] });
    }
    const trace = waiting.get(traceId);
    if (trace && shown.size < show) shown.set(traceId, trace);
  }
  return summarize({ order, reports, shown, spans, expected, ignore });
}

function summarize(found: {
  order: string[];
  reports: Map<string, TraceReport>;
  shown: Map<string, Trace>;
  spans: number;
  expected: Expected | undefined;
  ignore: ReadonlySet<string> | undefined;
}): CheckReport {
  const counts: CheckReport["counts"] = {};
  const reports: TraceReport[] = [];
  for (const traceId of found.order) {
    const report = found.reports.get(traceId);
    const findings = report?.findings.filter((it) => !found.ignore?.has(it.code)) ?? [];
    if (report === undefined || findings.length === 0) {
      found.shown.delete(traceId);
      continue;
    }
    reports.push({ ...report, findings });
    for (const { code } of findings) counts[code] = (counts[code] ?? 0) + 1;
  }
  return {
    ...(found.order.length === 1 ? { traceId: found.order[0] as string } : {}),
    ...(found.expected ? { expected: found.expected.name } : {}),
    traces: found.order.length,
    spans: found.spans,
    clean: found.order.length - reports.length,
    counts,
    reports,
    shown: found.shown,
  };
}

/** Whether a check has failed: findings that are more than notes, or an input without any trace. */
export function hasFailures(report: CheckReport): boolean {
  return report.reports.some((it) => fails(it.findings));
}

/** What was expected says more than a rule: of two findings that tell the same, the expectation's is kept. */
function merge(expected: Finding[], found: Finding[]): Finding[] {
  const explained = new Set(found.flatMap((it) => it.spanIds));
  const kept = expected.filter(
    (it) => it.code !== "span.unexpected" || !it.spanIds.every((id) => explained.has(id)),
  );
  return [...kept, ...found.filter((rule) => !kept.some((it) => tellsTheSame(it, rule)))];
}

/** A rule over all traces knows the other trace, so that its finding takes the place of one that could only guess. */
function supersede(findings: Finding[], finding: Finding): Finding[] {
  const guessed = finding.code === "sampling.mixed" ? ["context.lost"] : [finding.code];
  return [...findings.filter((it) => !(guessed.includes(it.code) && sharesSpan(it, finding))), finding];
}

function tellsTheSame(a: Finding, b: Finding): boolean {
  return a.code === b.code && sharesSpan(a, b);
}

function sharesSpan(a: Finding, b: Finding): boolean {
  return a.spanIds.some((id) => b.spanIds.includes(id));
}
