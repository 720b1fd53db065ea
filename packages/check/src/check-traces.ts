import type { OriginFinder, Trace, TraceIndex } from "@envoy-mesh-lab/trace";
import { indexTrace } from "@envoy-mesh-lab/trace";
import type { Cause, Shown } from "./causes/causes.ts";
import { groupCauses } from "./causes/causes.ts";
import { Examples } from "./causes/examples.ts";
import { relate } from "./causes/follows.ts";
import { FindingLinks } from "./causes/links.ts";
import type { Checked } from "./check.ts";
import { checkExpected } from "./check.ts";
import type { Verdict } from "./expectation-counts.ts";
import { ExpectationCounts } from "./expectation-counts.ts";
import type { Expected } from "./expected.ts";
import type { Finding, FindingCode } from "./findings.ts";
import { fails } from "./findings.ts";
import type { InputFinding } from "./input-finding.ts";
import { InputRules } from "./input-rules.ts";
import { applyRules } from "./rules/index.ts";
import { isAllowed, judgeInput, judgeTrace } from "./verdict.ts";
import type { VerdictItem } from "./verdict-item.ts";

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
  /** The same findings by what causes them, the heaviest and most common first. */
  causes: Cause[];
  /** Those that the expectation demands or allows, in the same way. */
  allowed: Cause[];
  /** Some of the traces with findings, to be drawn: for each of the first causes one. */
  shown: Map<string, Trace>;
  /** The checklist; absent when the rules alone judged. */
  verdict?: Verdict;
}

/** What differs from one check to another. */
export interface CheckOptions {
  /** What every trace must look like; without it the rules alone judge. */
  expected?: Expected | undefined;
  /** Codes that are not reported. */
  ignore?: ReadonlySet<string> | undefined;
  /** Says who made the spans of a trace; default `attribute`. */
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
  readonly #links = new FindingLinks();
  readonly #examples = new Examples();
  readonly #kept = new Map<string, Trace>();
  readonly #items: VerdictItem[] = [];
  readonly #expectations = new ExpectationCounts();
  /** How many traces are as expected, also of those whose items are not kept. */
  #asExpected = 0;
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
      if (isOk) this.#asExpected++;
      this.#expectations.add(items);
      if (this.#items.length < (isOk ? keptGoodItems : keptItems)) this.#items.push(...items);
    }
    this.#inputRules.add(index);
    this.#spans += trace.spans.length;
    this.#order.push(trace.traceId);
    if (findings.length > 0) {
      this.#found.set(trace.traceId, { spans: trace.spans.length, findings });
      const relations = relate(index, findings);
      this.#links.add(trace.traceId, findings, relations);
      this.#examples.add(
        trace,
        findings.filter((it) => !relations.from.has(it)),
      );
    } else if (this.#keptSpans < keptSpans) {
      this.#kept.set(trace.traceId, trace);
      this.#keptSpans += trace.spans.length;
    }
  }

  report(): CheckReport {
    const touched = new Set<string>();
    const overAll = this.#inputRules.findings();
    this.#tellOnce(overAll);
    this.#links.addOverAll(overAll);
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
    const causes = this.#causesOf(reports, "findings");
    const allowed = this.#causesOf(reports, "allowed");
    return {
      ...(traces === 1 ? { traceId: this.#order[0] as string } : {}),
      traces,
      spans: this.#spans,
      clean: traces - touched.size,
      counts,
      reports,
      causes,
      allowed,
      shown: this.#examples.of([...causes, ...allowed], this.#options.show ?? 3),
      ...this.#verdict(reports),
    };
  }

  #causesOf(reports: readonly TraceReport[], which: "findings" | "allowed"): Cause[] {
    const told = reports.flatMap((it) =>
      it[which].map((finding): Shown => ({ traceId: it.traceId, finding })),
    );
    return groupCauses(this.#links.link(told));
  }

  /**
   * A rule over all traces knows more than one over a single trace: its finding is reported once, with the first of its
   * traces, in place of those that could only guess.
   */
  #tellOnce(found: InputFinding[]): void {
    const replaced = new Map<string, Map<string, Finding>>();
    for (const { finding, calls } of found) {
      const guessed = finding.code === "sampling.mixed" ? "context.lost" : finding.code;
      for (const { traceId, spanId } of calls) {
        const ids = replaced.get(traceId) ?? new Map<string, Finding>();
        replaced.set(traceId, ids.set(`${guessed} ${spanId}`, finding));
      }
    }
    for (const [traceId, ids] of replaced) {
      const known = this.#found.get(traceId);
      if (known) {
        known.findings = known.findings.filter((it) => {
          const shown = it.spanIds.find((id) => ids.has(`${it.code} ${id}`));
          if (shown !== undefined) this.#links.replace(it, ids.get(`${it.code} ${shown}`) as Finding);
          return shown === undefined;
        });
      }
    }
    for (const { finding, calls } of found) {
      const first = (calls[0] as InputFinding["calls"][number]).traceId;
      const known = this.#found.get(first);
      const trace = this.#kept.get(first);
      if (known) known.findings.push(finding);
      else this.#found.set(first, { spans: trace?.spans.length ?? 0, findings: [finding] });
      if (trace) this.#examples.add(trace, [finding]);
    }
  }

  #isAllowed(finding: Finding): boolean {
    return this.#options.expected !== undefined && isAllowed(this.#options.expected, finding);
  }

  #reportOf(traceId: string): TraceReport | undefined {
    const { ignore } = this.#options;
    const found = this.#found.get(traceId);
    const told = found?.findings.filter((it) => !ignore?.has(it.code)) ?? [];
    if (found === undefined || told.length === 0) return undefined;
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
    // In an order that is not the input's, as the first ones are told.
    const found = reports
      .toSorted((a, b) => (a.traceId < b.traceId ? -1 : 1))
      .flatMap((it) => [...it.findings, ...it.allowed]);
    const aboutInput = judgeInput(expected, this.#order.length, found);
    const asExpected = this.#asExpected;
    const ok = asExpected === this.#order.length && aboutInput.every((it) => it.ok);
    this.#expectations.add(aboutInput);
    const expectations = this.#expectations.list();
    const items = [...aboutInput, ...this.#items];
    return { verdict: { name: expected.name, ok, asExpected, expectations, items } };
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
