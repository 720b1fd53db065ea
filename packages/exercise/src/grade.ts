import type { CheckReport, VerdictItem } from "@envoy-mesh-lab/check";
import { severityOf } from "@envoy-mesh-lab/check";
import type { Trace } from "@envoy-mesh-lab/trace";

/** One line of a grader's checklist. */
export interface GradeItem {
  ok: boolean;
  /** What was expected, in words. */
  expectation: string;
  /** What was seen instead; of an item that is ok, what it says beyond that, if anything. */
  seen: string;
  /** It is not ok only because the item before is not. */
  follows?: true;
  /** What is wrong, by its code and place; absent when it is ok, or only follows from another item. */
  faults: Fault[];
  /** Where it is seen: spans, and traces. */
  spanIds: string[];
  traceIds: string[];
  /** Where it is expected, as file:line. */
  expectedAt?: string;
}

/** One thing that is wrong. */
export interface Fault {
  code: string;
  edge?: string;
  evidence?: string;
}

/** What came of one check of an exercise. */
export interface CheckGrade {
  name: string;
  ok: boolean;
  items: GradeItem[];
  traceIds: string[];
  /** Traces to be drawn beside the checklist: those that show what is wrong, else the first. */
  drawn: Trace[];
}

/** What came of a learner's exercise. */
export interface Grade {
  exercise: string;
  ok: boolean;
  checks: CheckGrade[];
  /** When the calls were made, as ISO 8601. */
  at: string;
  durationMs: number;
  /** What it was graded on: versions by program. */
  versions: Record<string, string>;
}

/** An item that is as expected; `seen` says what was, where that is more than "yes". */
export function passed(
  expectation: string,
  { seen = "", traceIds = [] }: { seen?: string; traceIds?: string[] } = {},
): GradeItem {
  return { ok: true, expectation, seen, faults: [], spanIds: [], traceIds };
}

/** An item that is not. */
export function missed(
  expectation: string,
  seen: string,
  fault: Fault,
  where: { spanIds?: string[]; traceIds?: string[] } = {},
): GradeItem {
  return { ok: false, expectation, seen, faults: [fault], spanIds: [], traceIds: [], ...where };
}

/**
 * Turns what `lab check` says of traces into one checklist: the same expectation of many traces is one item, which says in
 * how many it does not hold and what was seen in the first of them.
 *
 * @param reports one for each trace that was checked by itself, or one for all that were checked together.
 * @param file where the expectation is written.
 */
export function gradeReports(reports: readonly CheckReport[], file: string | undefined): GradeItem[] {
  const groups = new Map<string, VerdictItem[]>();
  for (const it of reports.flatMap(({ verdict }) => verdict?.items ?? [])) {
    const key = `${it.path}\n${it.expectation}`;
    groups.set(key, [...(groups.get(key) ?? []), it]);
  }
  const grouped = [...groups.values()].map((group) => ({
    kind: group[0]?.kind,
    item: gradeGroup(group, file),
  }));
  const items = foldFollowers(grouped.filter((it) => it.kind !== "findings").map((it) => it.item));
  const told = new Set(items.flatMap(({ faults }) => faults.map(faultKey)));
  // What only the rules found is part of "no finding", which stands last; what that repeats of others is left out.
  const byRules = reports
    .flatMap((report) => report.reports.flatMap((it) => it.findings))
    .filter((it) => severityOf(it.code) !== "note" && !told.has(faultKey(it)))
    .map(({ code, edge, evidence }) => ({ code, edge, evidence }));
  const findings = grouped.find((it) => it.kind === "findings")?.item;
  if (findings === undefined || findings.ok) return [...items, ...(findings ? [findings] : [])];
  const faults = unique(byRules);
  const seen = faults.map(({ code, edge, evidence }) => `${code} at ${edge}: ${evidence}`).join("; ");
  return faults.length === 0 ? items : [...items, { ...findings, faults, seen }];
}

/** Puts hops that are missing because one before them is into the item of that one. */
function foldFollowers(items: GradeItem[]): GradeItem[] {
  const folded: GradeItem[] = [];
  let followers = 0;
  const tell = () => {
    const before = folded.at(-1);
    if (before && followers > 0) {
      before.expectation += `, and the ${followers === 1 ? "hop" : `${followers} hops`} after it`;
    }
    followers = 0;
  };
  for (const it of items) {
    if (it.follows && folded.length > 0 && !folded.at(-1)?.ok) {
      followers++;
    } else {
      tell();
      folded.push({ ...it });
    }
  }
  tell();
  return folded;
}

function gradeGroup(group: VerdictItem[], file: string | undefined): GradeItem {
  const wrong = group.filter((it) => !it.ok);
  const [first] = wrong.length > 0 ? wrong : group;
  const it = first as VerdictItem;
  const ofMany =
    group.length > 1 && wrong.length > 0 ? ` (in ${wrong.length} of ${group.length} traces)` : "";
  // That a hop is there, or that there is no other span, says no more than that it is as expected.
  const saysMore = !it.ok || it.kind === "span" || it.state === "absent";
  return {
    ok: wrong.length === 0,
    expectation: it.expectation,
    seen: saysMore ? `${it.seen}${ofMany}` : "",
    ...(it.state === "follows" || it.state === "unreached" ? { follows: true } : {}),
    faults: unique(wrong.flatMap((one) => faultOf(one) ?? [])),
    spanIds: it.spanIds.length > 0 ? it.spanIds : (it.finding?.spanIds ?? []),
    traceIds: [...new Set((wrong.length > 0 ? wrong : group).flatMap(({ traceId }) => traceId ?? []))],
    ...(file && it.line ? { expectedAt: `${file}:${it.line}` } : {}),
  };
}

/** What an item that is not met says is wrong; nothing where that follows from another item. */
function faultOf({ kind, state, edge, finding }: VerdictItem): Fault | undefined {
  if (kind === "findings" || state === "unreached") return undefined;
  if (finding) return { code: finding.code, edge: finding.edge, evidence: finding.evidence };
  // How many traces, and which findings, is all that has no finding of its own.
  return { code: kind === "finding" ? "finding.missing" : "traces.count", ...(edge ? { edge } : {}) };
}

function unique(faults: Fault[]): Fault[] {
  return [...new Map(faults.map((it) => [faultKey(it), it])).values()];
}

function faultKey({ code, edge }: Pick<Fault, "code" | "edge">): string {
  return `${code} ${edge ?? ""}`;
}

/** Everything that is wrong in a grade, each once. */
export function faultsOf(grade: Pick<Grade, "checks">): Fault[] {
  return unique(grade.checks.flatMap(({ items }) => items.flatMap(({ faults }) => faults)));
}
