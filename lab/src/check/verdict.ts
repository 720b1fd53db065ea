import type { Span } from "../trace/model.ts";
import type { Checked } from "./check.ts";
import { countOf, type Expected, hopName } from "./expected.ts";
import { type Finding, severityOf } from "./findings.ts";
import type { HopMatch } from "./match-hops.ts";
import { countInWords, inCount, testSpan } from "./span-tests.ts";
import { noParent, type TraceIndex } from "./trace-index.ts";
import type { FailedTest } from "./what-spans-say.ts";

/** One expectation, and what came of it. */
export type VerdictItem = {
  ok: boolean;
  /** What was expected, in words. */
  expectation: string;
  /** What was seen: instead of it, when it is not ok. */
  seen: string;
  /** The trace that it was looked for in; absent for what is about the whole input. */
  traceId?: string;
  /** The spans that show it. */
  spanIds: string[];
  /** Where it is said in the file of expectations: "hops[3].attributes.tenant.id". */
  path: string;
  /** The line of the file, when it was read from one; from 1. */
  line?: number;
  /** What tells more, with cause and remedy; absent when it is ok. */
  finding?: Finding;
};

/** The expectations of a file as a checklist. */
export type Verdict = {
  /** The name of what is expected. */
  name: string;
  ok: boolean;
  items: VerdictItem[];
};

/** Whether a finding may be there. */
export function isAllowed({ findings }: Expected, { code }: Pick<Finding, "code">): boolean {
  return [...(findings?.must ?? []), ...(findings?.allow ?? [])].includes(code);
}

/** The checklist for one trace: roots, hops, and what spans say. */
export function judgeTrace(index: TraceIndex, expected: Expected, checked: Checked): VerdictItem[] {
  const item = (
    it: Omit<VerdictItem, "path" | "traceId"> & { path: readonly PropertyKey[] },
  ): VerdictItem => ({
    ...it,
    traceId: index.traceId,
    path: pathText(it.path),
    ...lineOf(expected, it.path),
  });
  return [
    ...judgeRoots(index, expected, checked).map(item),
    ...checked.matches.all.flatMap((match) => judgeHop(index, match, checked).map(item)),
    ...checked.aboutSpans.map(item),
    ...judgeOthers(expected, checked).map(item),
  ];
}

type Item = Omit<VerdictItem, "path" | "traceId"> & { path: readonly PropertyKey[] };

function judgeRoots(index: TraceIndex, expected: Expected, { findings }: Checked): Item[] {
  if (expected.hops.length === 0 && expected.roots === undefined) return [];
  const wanted = expected.roots ?? { min: 1, max: 1 };
  const roots = index.spans.filter((_, i) => index.parent[i] === noParent);
  const finding = findings.find((it) => it.code === "trace.no-root" || it.code === "trace.several-roots");
  return [
    {
      ok: inCount(roots.length, wanted),
      expectation: `${countInWords(wanted)} ${wanted.max === 1 ? "root" : "roots"}`,
      seen: `${roots.length}`,
      spanIds: roots.map((it) => it.spanId),
      path: ["roots"],
      ...(finding ? { finding } : {}),
    },
  ];
}

/** A hop: that it is there, where it should be, and what its spans say. */
function judgeHop(index: TraceIndex, match: HopMatch, { byHop, failedTests }: Checked): Item[] {
  const { hop, before, path, places } = match;
  const finding = byHop.get(match);
  const name = `${hopName(hop)}${hop.role ? ` (${hop.role})` : ""}`;
  const wanted = countOf(hop);
  const many = wanted.min === 1 && wanted.max === 1 ? "" : `${countInWords(hop.count ?? wanted)}: `;
  const spanIds = places.map((i) => (index.spans[i] as Span).spanId);
  const isUnreached = places.length === 0 && wanted.min > 0 && finding === undefined;
  return [
    {
      ok: finding === undefined && !isUnreached,
      expectation: `${many}${name}${before ? ` below ${hopName(before.hop)}` : " as root"}`,
      seen:
        (finding && byHop.get(before as HopMatch) === finding && places.length === 0
          ? "not there either"
          : finding?.evidence) ??
        (isUnreached
          ? `not looked for, because ${before ? hopName(before.hop) : "the hop before"} is not there`
          : places.length === 0
            ? "not there, as it may"
            : `${places.length === 1 ? "there" : places.length}`),
      spanIds,
      path,
      ...(finding ? { finding } : {}),
    },
    ...tellsOf(index, match, failedTests),
  ];
}

function tellsOf(index: TraceIndex, match: HopMatch, failedTests: FailedTest[]): Item[] {
  const { hop, path, places } = match;
  return places.flatMap((place) => {
    const span = index.spans[place] as Span;
    return testSpan(span, hop).map((result) => {
      const failed = failedTests.find(
        (it) => it.match === match && it.place === place && it.result.path.join() === result.path.join(),
      );
      return {
        ok: result.ok,
        expectation: `${hopName(hop)}: ${result.expectation}`,
        seen: result.seen,
        spanIds: [span.spanId],
        path: [...path, ...result.path],
        ...(failed ? { finding: failed.finding } : {}),
      };
    });
  });
}

function judgeOthers(expected: Expected, { findings }: Checked): Item[] {
  if (expected.hops.length === 0 || expected.others === "allowed") return [];
  const rest = findings.filter((it) => it.code === "span.unexpected" || it.code === "span.missing-parent");
  return [
    {
      ok: rest.length === 0,
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
  const item = (it: Omit<VerdictItem, "path"> & { path: readonly PropertyKey[] }): VerdictItem => ({
    ...it,
    path: pathText(it.path),
    ...lineOf(expected, it.path),
  });
  const { findings } = expected;
  const others = found.filter((it) => !isAllowed(expected, it) && severityOf(it.code) !== "note");
  const codes = [...new Set(found.map((it) => it.code))];
  return [
    ...(expected.traces
      ? [
          item({
            ok: inCount(traces, expected.traces),
            expectation: `${countInWords(expected.traces)} ${expected.traces.max === 1 ? "trace" : "traces"}`,
            seen: `${traces}`,
            spanIds: [],
            path: ["traces"],
          }),
        ]
      : []),
    ...(findings?.must ?? []).map((code, i) => {
      const shown = found.filter((it) => it.code === code);
      return item({
        ok: shown.length > 0,
        expectation: `the finding ${code}`,
        seen: shown[0]
          ? `${shown[0].edge}: ${shown[0].evidence}`
          : `only ${codes.join(", ") || "traces without any finding"}`,
        spanIds: shown[0]?.spanIds ?? [],
        path: ["findings", "must", i],
      });
    }),
    item({
      ok: others.length === 0,
      expectation: findings?.must || findings?.allow ? "no other finding" : "no finding",
      seen:
        others.length === 0
          ? "none"
          : [...new Set(others.map((it) => `${it.code} at ${it.edge}`))].join("; "),
      spanIds: others[0]?.spanIds ?? [],
      path: ["findings"],
      ...(others[0] ? { finding: others[0] } : {}),
    }),
  ];
}

function lineOf({ source }: Expected, path: readonly PropertyKey[]): { line?: number } {
  const line = source?.lineOf(path);
  return line === undefined ? {} : { line };
}

/** A path as one would write it. */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((it, i) => (typeof it === "number" ? `[${it}]` : `${i > 0 ? "." : ""}${String(it)}`))
    .join("");
}
