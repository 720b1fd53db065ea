import type { Span, Trace, TraceIndex } from "@envoy-mesh-lab/trace";
import { duration, indexTrace, labelAt, missingParent, noParent } from "@envoy-mesh-lab/trace";
import { checkChain } from "./chain.ts";
import type { Expected } from "./expected.ts";
import { hopName } from "./expected.ts";
import type { Finding } from "./findings.ts";
import type { ExpectedSpanMatch, Matches } from "./match-hops.ts";
import { matchHops } from "./match-hops.ts";
import { rootLabels } from "./rules/roots.ts";
import type { Count } from "./span-tests.ts";
import { countInWords, inCount } from "./span-tests.ts";
import type { ExpectedSpanTest, SpansTestResult } from "./what-spans-say.ts";
import { testHops, testSpans } from "./what-spans-say.ts";

/**
 * Looks for what keeps a trace from being as expected. Pure: the same spans in any order give the same findings.
 *
 * @returns nothing when every hop is there, its parent is the hop before it, its spans say what they should, and no other
 * span is there.
 */
export function checkTrace(trace: Trace, expected: Expected): Finding[] {
  return checkExpected(indexTrace(trace), expected).findings;
}

/** What came of an expectation: the findings, and for those that are about hops, which ones. */
export interface Checked {
  findings: Finding[];
  matches: Matches;
  /** Why a hop is not as expected. */
  byHop: Map<ExpectedSpanMatch, Finding>;
  /** What the spans of hops say of what is expected of them. */
  hopTests: Map<ExpectedSpanMatch, ExpectedSpanTest[]>;
  /** The roots that are there, and how many there should be; absent where nothing is said of them. */
  roots?: CheckedRoots;
  /** What came of the expectations about all spans that a condition chooses. */
  aboutSpans: SpansTestResult[];
}

/** The same for a trace that is indexed already, with what a checklist needs. */
export function checkExpected(index: TraceIndex, expected: Expected): Checked {
  const matches = matchHops(index, expected);
  const byHop = new Map<ExpectedSpanMatch, Finding>();
  const told = (finding: Finding, ...hops: ExpectedSpanMatch[]): Finding => {
    for (const it of hops) byHop.set(it, finding);
    return finding;
  };
  const hopTests = testHops(index, matches);
  const roots = checkRoots(index, expected);
  const aboutSpans = testSpans(index, expected);
  const findings = [
    ...(roots?.finding ? [roots.finding] : []),
    ...checkChain(index, matches.chain, told),
    ...matches.all.flatMap((it) =>
      it.places.length === 0 ? [] : it.branches.flatMap((branch) => checkChain(index, [it, ...branch], told)),
    ),
    ...[...hopTests.values()].flat().flatMap((it) => (it.finding ? [it.finding] : [])),
    ...aboutSpans.flatMap((it) => (it.finding ? [it.finding] : [])),
    ...(expected.hops.length > 0 && expected.others !== "allowed" ? checkRest(index, matches) : []),
  ];
  return { findings, matches, byHop, hopTests, ...(roots ? { roots } : {}), aboutSpans };
}

/** The spans without a parent, and what is wrong with their number. */
export interface CheckedRoots {
  spanIds: string[];
  wanted: Count;
  finding?: Finding;
}

function checkRoots(index: TraceIndex, expected: Expected): CheckedRoots | undefined {
  if (expected.hops.length === 0 && expected.roots === undefined) {
    return undefined;
  }
  const wanted = expected.roots ?? { min: 1, max: 1 };
  const roots: number[] = [];
  index.parent.forEach((parent, i) => {
    if (parent === noParent) roots.push(i);
  });
  const spanIds = roots.map((it) => spanAt(index, it).spanId);
  if (inCount(roots.length, wanted)) return { spanIds, wanted };
  const finding = roots.length === 0 ? noRoot(index, expected) : severalRoots(index, expected, roots);
  return { spanIds, wanted, finding };
}

function noRoot(index: TraceIndex, { hops: [hop] }: Expected): Finding {
  const first = hop ? hopName(hop) : index.spans.length > 0 ? labelAt(index, 0) : "?";
  return {
    code: "trace.no-root",
    edge: `client > ${first}`,
    evidence: "every span names a parent, so the trace has no beginning",
    cause: "the caller sent a traceparent for a span that it does not report here, or the root was lost",
    remedy:
      "let the caller report its spans to the same store; where callers are not yours, start a new trace at the edge",
    spanIds: [],
  };
}

function severalRoots(index: TraceIndex, { roots: wanted }: Expected, roots: number[]): Finding {
  return {
    code: "trace.several-roots",
    edge: rootLabels(index, roots),
    evidence: `${roots.length} ${roots.length === 1 ? "span has" : "spans have"} no parent${wanted ? `, expected ${countInWords(wanted)}` : ""}`,
    cause:
      "several requests were given one trace id, or a service kept the trace id and dropped the parent's span id",
    remedy:
      "look for a trace id that is fixed or used again, and for a service that passes on the trace id without the span id",
    spanIds: roots.map((it) => spanAt(index, it).spanId),
  };
}

/** Spans that no hop claimed, each with what hangs below it. */
function checkRest(index: TraceIndex, { claimed }: Matches): Finding[] {
  const tops = new Map<number, number[]>();
  const topOf = new Int32Array(index.spans.length).fill(-1);
  // Parents may stand after their children where clocks differ, so that each walks up to what is known.
  for (let i = 0; i < index.spans.length; i++) {
    if (claimed[i]) continue;
    const way = [i];
    let at = i;
    while (topOf[at] === -1) {
      const above = index.parent[at] as number;
      if (above < 0 || claimed[above]) {
        topOf[at] = at;
        tops.set(at, []);
      } else {
        way.push(above);
        at = above;
      }
    }
    for (const it of way) topOf[it] = topOf[at] as number;
    if (topOf[i] !== i) tops.get(topOf[i] as number)?.push(i);
  }
  return [...tops].sort(([a], [b]) => a - b).map(([top, below]) => unexpected(index, top, below));
}

function unexpected(index: TraceIndex, i: number, below: number[]): Finding {
  const span = spanAt(index, i);
  const above = index.parent[i] as number;
  const orphan = above === missingParent;
  const more = below.length === 0 ? "" : `, with ${below.length} more below it`;
  const took = duration((index.end[i] as number) - (index.start[i] as number));
  return {
    code: orphan ? "span.missing-parent" : "span.unexpected",
    edge: `${above >= 0 ? labelAt(index, above) : orphan ? span.parentSpanId : "client"} > ${labelAt(index, i)}`,
    evidence: orphan
      ? `the parent ${span.parentSpanId} of "${span.name}" is not in the trace`
      : `"${span.name}" (${took}) is not among the expected hops${more}`,
    cause: orphan ? "the parent was not reported" : "one more call, a retry, or another instrumentation",
    remedy: orphan
      ? "look at the sampling of the service above it, and at the counters of dropped spans of its SDK and of the Collector"
      : "add it to the expected hops if it belongs there",
    spanIds: [span.spanId, ...below.map((it) => spanAt(index, it).spanId)],
  };
}

function spanAt(index: TraceIndex, place: number): Span {
  return index.spans[place] as Span;
}
