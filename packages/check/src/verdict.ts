import type { Span, TraceIndex } from "@envoy-mesh-lab/trace";
import type { Checked, CheckedRoots } from "./check.ts";
import type { Expected } from "./expected.ts";
import { countOf, hopName } from "./expected.ts";
import type { Finding } from "./findings.ts";
import { severityOf } from "./findings.ts";
import type { ExpectedSpanMatch } from "./match-hops.ts";
import type { Count } from "./span-tests.ts";
import { countInWords, inCount } from "./span-tests.ts";
import type { VerdictItem, VerdictState } from "./verdict-item.ts";

/** Whether a finding may be there. */
export function isAllowed({ findings, unjudged }: Expected, { code }: Pick<Finding, "code">): boolean {
  return [...(findings?.must ?? []), ...(findings?.allow ?? []), ...(unjudged ?? [])].includes(code);
}

/** The checklist for one trace: roots, hops, and what spans say. */
export function judgeTrace(index: TraceIndex, expected: Expected, checked: Checked): VerdictItem[] {
  const { roots, matches, aboutSpans } = checked;
  return [
    ...(roots ? [judgeRoots(roots)] : []),
    ...matches.all.flatMap((match) => judgeHop(index, match, checked)),
    ...aboutSpans.map(({ which, ...it }) => ({
      ...it,
      ...outcome(it.ok),
      kind: "spans" as const,
      edge: which,
    })),
    ...judgeOthers(expected, checked),
  ].map((it) => ({ ...placed(it, expected), traceId: index.traceId }));
}

/** An item before it is said where the file of expectations has it. */
type Item = Omit<VerdictItem, "path" | "line" | "traceId"> & { path: readonly PropertyKey[] };

function placed(it: Item, { source }: Expected): VerdictItem {
  const line = source?.lineOf(it.path);
  return { ...it, path: pathText(it.path), ...(line === undefined ? {} : { line }) };
}

function outcome(ok: boolean): Pick<Item, "ok" | "state"> {
  return { ok, state: ok ? "met" : "unmet" };
}

function judgeRoots({ spanIds, wanted, finding }: CheckedRoots): Item {
  return {
    kind: "roots",
    ...outcome(finding === undefined),
    expectation: `${countInWords(wanted)} ${wanted.max === 1 ? "root" : "roots"}`,
    seen: `${spanIds.length}`,
    spanIds,
    path: ["roots"],
    ...(finding ? { finding } : {}),
  };
}

/** A hop: that it is there, where it should be, and what its spans say. */
function judgeHop(index: TraceIndex, match: ExpectedSpanMatch, { byHop, hopTests }: Checked): Item[] {
  const { hop, before, path, places } = match;
  const finding = byHop.get(match);
  const name = `${hopName(hop)}${hop.role ? ` (${hop.role})` : ""}`;
  const wanted = countOf(hop);
  const many = wanted.min === 1 && wanted.max === 1 ? "" : `${countInWords(hop.count ?? wanted)}: `;
  const state = stateOf(match, byHop, finding);
  return [
    {
      kind: "hop",
      state,
      ok: state === "met" || state === "absent",
      edge: hopName(hop),
      expectation: `${many}${name}${before ? ` below ${hopName(before.hop)}` : " as root"}`,
      seen: hopInWords(match, state, finding),
      spanIds: places.map((i) => (index.spans[i] as Span).spanId),
      path,
      ...(finding ? { finding } : {}),
    },
    ...(hopTests.get(match) ?? []).map(
      ({ place, result, finding: failure }): Item => ({
        kind: "span",
        ...outcome(result.ok),
        edge: hopName(hop),
        expectation: `${hopName(hop)}: ${result.expectation}`,
        seen: result.seen,
        spanIds: [(index.spans[place] as Span).spanId],
        path: [...path, ...result.path],
        ...(failure ? { finding: failure } : {}),
      }),
    ),
  ];
}

function stateOf(
  { hop, before, places }: ExpectedSpanMatch,
  byHop: Checked["byHop"],
  finding?: Finding,
): VerdictState {
  if (finding !== undefined) {
    return places.length === 0 && before && byHop.get(before) === finding ? "follows" : "unmet";
  }
  if (places.length > 0) return "met";
  return countOf(hop).min > 0 ? "unreached" : "absent";
}

function hopInWords({ before, places }: ExpectedSpanMatch, state: VerdictState, finding?: Finding): string {
  switch (state) {
    case "follows":
      return "not there either";
    case "unreached":
      return `not looked for, because ${before ? hopName(before.hop) : "the hop before"} is not there`;
    case "absent":
      return "not there, as it may";
    case "unmet":
      return finding?.evidence ?? "";
    case "met":
      return places.length === 1 ? "there" : `${places.length}`;
  }
}

function judgeOthers(expected: Expected, { findings }: Checked): Item[] {
  if (expected.hops.length === 0 || expected.others === "allowed") return [];
  const rest = findings.filter((it) => it.code === "span.unexpected" || it.code === "span.missing-parent");
  return [
    {
      kind: "others",
      ...outcome(rest.length === 0),
      expectation: "no other spans",
      seen: rest.length === 0 ? "none" : rest.map((it) => it.edge).join(", "),
      spanIds: rest.flatMap((it) => it.spanIds),
      path: ["others"],
      ...(rest[0] ? { finding: rest[0] } : {}),
    },
  ];
}

/** The checklist for the input as a whole: how many traces, and which findings. */
export function judgeInput(expected: Expected, traces: number, found: Finding[]): VerdictItem[] {
  return [
    ...(expected.traces ? [judgeNumber(expected.traces, traces)] : []),
    ...(expected.findings?.must ?? []).map((code, i) => judgeFinding(code, i, found)),
    judgeFindings(expected, found),
  ].map((it) => placed(it, expected));
}

function judgeNumber(wanted: Count, traces: number): Item {
  return {
    kind: "traces",
    ...outcome(inCount(traces, wanted)),
    expectation: `${countInWords(wanted)} ${wanted.max === 1 ? "trace" : "traces"}`,
    seen: `${traces}`,
    spanIds: [],
    path: ["traces"],
  };
}

/** A finding that has to be there. */
function judgeFinding(code: Finding["code"], place: number, found: Finding[]): Item {
  const [shown] = found.filter((it) => it.code === code);
  const codes = [...new Set(found.map((it) => it.code))];
  return {
    kind: "finding",
    ...outcome(shown !== undefined),
    expectation: `the finding ${code}`,
    seen: shown
      ? `${shown.edge}: ${shown.evidence}`
      : `only ${codes.join(", ") || "traces without any finding"}`,
    spanIds: shown?.spanIds ?? [],
    path: ["findings", "must", place],
  };
}

/** All other findings: there should be none. */
function judgeFindings(expected: Expected, found: Finding[]): Item {
  const others = found.filter((it) => !isAllowed(expected, it) && severityOf(it.code) !== "note");
  const [first] = others;
  return {
    kind: "findings",
    ...outcome(first === undefined),
    expectation: expected.findings?.must || expected.findings?.allow ? "no other finding" : "no finding",
    seen:
      first === undefined ? "none" : [...new Set(others.map((it) => `${it.code} at ${it.edge}`))].join("; "),
    spanIds: first?.spanIds ?? [],
    path: ["findings"],
    ...(first ? { finding: first } : {}),
  };
}

/** A path as one would write it. */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((it, i) => (typeof it === "number" ? `[${it}]` : `${i > 0 ? "." : ""}${String(it)}`))
    .join("");
}
