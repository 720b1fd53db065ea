import type { OriginFinder, Trace, TraceIndex } from "@envoy-mesh-lab/trace";
import { indexTrace } from "@envoy-mesh-lab/trace";
import type { Checked } from "./check.ts";
import { checkExpected } from "./check.ts";
import type { Expected } from "./expected.ts";
import type { Finding, FindingCode } from "./findings.ts";
import { fails } from "./findings.ts";
import type { InputFinding } from "./input-finding.ts";
import { InputRules } from "./input-rules.ts";
import { applyRules } from "./rules/index.ts";
import type { Verdict, VerdictItem } from "./verdict.ts";
import { isAllowed, judgeInput, judgeTrace } from "./verdict.ts";

/** What was found in one trace. */
export interface TraceReport {
  traceId: string;
  spans: number;
  findings: Finding[];
  /** Findings that the expectation demands or allows; they do not fail the check. */
  allowed: Finding[];
}

/** What was found in all traces of an input. */
export interface CheckReport {
  /** The id of the trace, when the input held only one. */
  traceId?: string;
  traces: number;
  spans: number;
  /** Traces without any finding that is more than a note and is not allowed. */
  clean: number;
  /** How often each code was found, allowed ones not counted. */
  counts: Partial<Record<FindingCode, number>>;
  /** The traces with findings, in the order of the input. */
  reports: TraceReport[];
  /** Some of the traces with findings, to be drawn. */
  shown: Map<string, Trace>;
  /** The checklist; absent when the rules alone judged. */
  verdict?: Verdict;
}

/** What differs from one check to another. */
export interface CheckOptions {
  /** What every trace must look like; without it the rules alone judge. */
  expected?: Expected | undefined;
  /** Codes that are not told. */
  ignore?: ReadonlySet<string> | undefined;
  /** Tells who made the spans of a trace; default `attribute`. */
  findOrigins?: OriginFinder | undefined;
  /** How many traces with findings are kept to be drawn; default 3. */
  show?: number | undefined;
}

/** Up to so many spans are kept of traces without findings, because the rules over all traces may find some in them. */
const keptSpans = 5000;

/** Items of checklists that are kept; of traces that are as expected only the first, to leave room for the others. */
const keptItems = 20_000;
const keptGoodItems = 1000;

/** Checks traces one after the other, keeping of those that are clean only what the rules over all traces need. */
export async function checkTraces(
  traces: AsyncIterable<Trace> | Iterable<Trace>,
  options: CheckOptions = {},
): Promise<CheckReport> {
  const check = new Check(options);
  for await (const trace of traces) {
    check.add(trace);
  }
  return check.report();
}

class Check {
  readonly #options: CheckOptions;
  readonly #inputRules = new InputRules();
  readonly #order: string[] = [];
  readonly #found = new Map<string, { spans: number; findings: Finding[] }>();
  readonly #shown = new Map<string, Trace>();
  readonly #kept = new Map<string, Trace>();
  readonly #items: VerdictItem[] = [];
  /** Whether every trace so far is as expected, also those whose items are not kept. */
  #isAsExpected = true;
  #keptSpans = 0;
  #spans = 0;

  constructor(options: CheckOptions) {
    this.#options = options;
  }

  add(trace: Trace): void {
    const { expected } = this.#options;
    const index = indexTrace(trace, this.#options.findOrigins);
    const byRules = applyRules(index);
    let findings = byRules;
    if (expected) {
      const checked = checkExpected(index, expected);
      findings = merge(index, expected, checked, byRules);
      const items = judgeTrace(index, expected, checked);
      const isOk = items.every((it) => it.ok);
      this.#isAsExpected &&= isOk;
      if (this.#items.length < (isOk ? keptGoodItems : keptItems)) this.#items.push(...items);
    }
    this.#inputRules.add(index);
    this.#spans += trace.spans.length;
    this.#order.push(trace.traceId);
    if (findings.length > 0) {
      this.#tell(trace.traceId, findings, trace);
    } else if (this.#keptSpans < keptSpans) {
      this.#kept.set(trace.traceId, trace);
      this.#keptSpans += trace.spans.length;
    }
  }

  report(): CheckReport {
    const touched = new Set<string>();
    const overAll = this.#inputRules.findings();
    this.#tellOnce(overAll);
    for (const it of overAll) {
      const isTold =
        fails([it.finding]) && !this.#options.ignore?.has(it.finding.code) && !this.#isAllowed(it.finding);
      for (const { traceId } of isTold ? it.calls : []) touched.add(traceId);
    }
    const reports = this.#order.flatMap((traceId) => this.#reportOf(traceId) ?? []);
    const counts: CheckReport["counts"] = {};
    for (const { code } of reports.flatMap((it) => it.findings)) counts[code] = (counts[code] ?? 0) + 1;
    const traces = this.#order.length;
    for (const it of reports) if (fails(it.findings)) touched.add(it.traceId);
    return {
      ...(traces === 1 ? { traceId: this.#order[0] as string } : {}),
      traces,
      spans: this.#spans,
      clean: traces - touched.size,
      counts,
      reports,
      shown: this.#shown,
      ...this.#verdict(reports),
    };
  }

  #tell(traceId: string, findings: Finding[], trace: Trace | undefined): void {
    this.#found.set(traceId, { spans: trace?.spans.length ?? 0, findings });
    if (trace && fails(findings) && this.#shown.size < (this.#options.show ?? 3))
      this.#shown.set(traceId, trace);
  }

  /**
   * A rule over all traces knows more than one over a single trace: its finding is told once, with the first of its
   * traces, in place of those that could only guess.
   */
  #tellOnce(found: InputFinding[]): void {
    const replaced = new Map<string, Set<string>>();
    for (const { finding, calls } of found) {
      const guessed = finding.code === "sampling.mixed" ? "context.lost" : finding.code;
      for (const { traceId, spanId } of calls) {
        const ids = replaced.get(traceId) ?? new Set<string>();
        replaced.set(traceId, ids.add(`${guessed} ${spanId}`));
      }
    }
    for (const [traceId, ids] of replaced) {
      const known = this.#found.get(traceId);
      if (known) {
        known.findings = known.findings.filter((it) => !it.spanIds.some((id) => ids.has(`${it.code} ${id}`)));
      }
    }
    for (const { finding, calls } of found) {
      const first = (calls[0] as InputFinding["calls"][number]).traceId;
      const known = this.#found.get(first);
      if (known) known.findings.push(finding);
      else this.#tell(first, [finding], this.#kept.get(first));
    }
  }

  #isAllowed(finding: Finding): boolean {
    return this.#options.expected !== undefined && isAllowed(this.#options.expected, finding);
  }

  #reportOf(traceId: string): TraceReport | undefined {
    const { ignore } = this.#options;
    const found = this.#found.get(traceId);
    const told = found?.findings.filter((it) => !ignore?.has(it.code)) ?? [];
    if (found === undefined || told.length === 0) {
      this.#shown.delete(traceId);
      return undefined;
    }
    const allowed = told.filter((it) => this.#isAllowed(it));
    return {
      traceId,
      spans: found.spans,
      findings: told.filter((it) => !allowed.includes(it)),
      allowed,
    };
  }

  #verdict(reports: TraceReport[]): { verdict?: Verdict } {
    const { expected } = this.#options;
    if (expected === undefined) return {};
    const found = reports.flatMap((it) => [...it.findings, ...it.allowed]);
    const aboutInput = judgeInput(expected, this.#order.length, found);
    const ok = this.#isAsExpected && aboutInput.every((it) => it.ok);
    return { verdict: { name: expected.name, ok, items: [...aboutInput, ...this.#items] } };
  }
}

/** Whether a check has failed: findings that are more than notes, or an expectation that is not met. */
export function hasFailures(report: CheckReport): boolean {
  return report.verdict?.ok === false || report.reports.some((it) => fails(it.findings));
}

/** Rules about the shape of a trace; what a file of expectations says of the shape, goes before them. */
const shapeRules = /^(kind|retry|hop|trace)\./;

/**
 * Joins what the expectation and what the rules found. An expectation says more than a rule: of two findings that tell the
 * same, its own is kept; and a shape that is as it says is right, whatever a rule makes of it.
 */
function merge(
  index: TraceIndex,
  expected: Expected,
  { findings, matches }: Checked,
  byRules: Finding[],
): Finding[] {
  const explained = new Set(byRules.flatMap((it) => it.spanIds));
  const kept = findings.filter(
    (it) => it.code !== "span.unexpected" || !explained.has(it.spanIds[0] as string),
  );
  const told = new Map<FindingCode, Set<string>>();
  for (const { code, spanIds } of kept) {
    const ids = told.get(code) ?? new Set<string>();
    for (const id of spanIds) ids.add(id);
    told.set(code, ids);
  }
  const isTold = ({ code, spanIds }: Finding) =>
    told.has(code) && (told.get(code)?.size === 0 || spanIds.some((id) => told.get(code)?.has(id)));
  const isAsExpected = matches.all.length > 0 && findings.every((it) => !shapeRules.test(it.code));
  const claimed = new Set(
    isAsExpected ? index.spans.filter((_, i) => matches.claimed[i] === 1).map((it) => it.spanId) : [],
  );
  return [
    ...kept,
    ...byRules.filter(
      (rule) =>
        !isTold(rule) &&
        !(isAsExpected && shapeRules.test(rule.code) && rule.spanIds.every((id) => claimed.has(id))) &&
        !(
          expected.roots !== undefined &&
          (rule.code === "trace.several-roots" || rule.code === "trace.no-root")
        ),
    ),
  ];
}
