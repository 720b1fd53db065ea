import type { Span, TraceIndex } from "@envoy-mesh-lab/trace";
import { labelAt, serviceOf } from "@envoy-mesh-lab/trace";
import type { Expected, SpansTest } from "./expected.ts";
import { hopName } from "./expected.ts";
import type { Finding } from "./findings.ts";
import type { ExpectedSpanMatch, Matches } from "./match-hops.ts";
import { testsOf } from "./match-hops.ts";
import type { SpanTestResult } from "./span-tests.ts";
import { countInWords, holds, inCount, testSpan } from "./span-tests.ts";

/** A test of a hop's span, and what tells more where it does not hold. */
export interface ExpectedSpanTest {
  place: number;
  result: SpanTestResult;
  finding?: Finding;
}

/** Asks the spans of every hop what is expected of them. */
export function testHops(index: TraceIndex, { all }: Matches): Map<ExpectedSpanMatch, ExpectedSpanTest[]> {
  return new Map(
    all.map((match) => [
      match,
      match.places.flatMap((place) =>
        testsOf(index, match, place).map((result): ExpectedSpanTest => {
          if (result.ok) return { place, result };
          const { spanId } = index.spans[place] as Span;
          return { place, result, finding: failed([result], hopName(match.hop), [spanId]) };
        }),
      ),
    ]),
  );
}

/** What came of an expectation about all spans that `where` chooses. */
export interface SpansTestResult {
  ok: boolean;
  /** Which spans it is about, in words. */
  which: string;
  expectation: string;
  seen: string;
  path: PropertyKey[];
  spanIds: string[];
  finding?: Finding;
}

/** Asks all spans that an expectation is about: how many there are, and what each says. */
export function testSpans(index: TraceIndex, { spans }: Expected): SpansTestResult[] {
  return (spans ?? []).flatMap((test, n) => {
    const chosen: number[] = [];
    for (let i = 0; i < index.spans.length; i++) {
      if (isChosen(index, i, test)) chosen.push(i);
    }
    return [countResult(index, test, n, chosen), ...testAll(index, test, n, chosen)];
  });
}

/** Whether an expectation about spans is about this one. */
export function isChosen(index: TraceIndex, i: number, { where }: Pick<SpansTest, "where">): boolean {
  const span = index.spans[i] as Span;
  return (
    where === undefined ||
    ((where.service === undefined || where.service === serviceOf(span)) &&
      (where.direction === undefined || where.direction === index.who[i]?.direction) &&
      (where.kind === undefined || where.kind === span.kind) &&
      (where.role === undefined || where.role === index.who[i]?.role) &&
      (where.name === undefined || holds(where.name, span.name)) &&
      Object.entries(where.attributes ?? {}).every(([key, it]) => holds(it, span.attributes[key])))
  );
}

/** The spans in words: "spans of role proxy". */
function whichSpans({ where }: SpansTest): string {
  const said = Object.entries(where ?? {}).map(
    ([key, it]) => `${key} ${typeof it === "string" ? it : JSON.stringify(it)}`,
  );
  return said.length === 0 ? "every span" : `spans of ${said.join(", ")}`;
}

function countResult(index: TraceIndex, test: SpansTest, n: number, chosen: number[]): SpansTestResult {
  // An expectation about no span at all would hold without being looked at.
  const wanted = test.count ?? { min: 1 };
  const which = whichSpans(test);
  const spanIds = chosen.map((i) => (index.spans[i] as Span).spanId);
  const result: SpansTestResult = {
    ok: inCount(chosen.length, wanted),
    which,
    expectation: `${countInWords(wanted)}: ${which}`,
    seen: `${chosen.length}`,
    path: ["spans", n],
    spanIds,
  };
  if (result.ok) return result;
  return {
    ...result,
    finding: {
      code: "expect.count",
      edge: which,
      evidence: `${chosen.length} spans, expected ${countInWords(wanted)}`,
      cause: "a part made more or fewer spans than expected, or some were lost",
      remedy: "see which of the spans are too many or missing in the trace",
      spanIds,
      about: { key: "count", seen: `${chosen.length}`, lacks: chosen.length < (wanted.min ?? 0), which },
    },
  };
}

/** One result for each test, over all chosen spans. */
function testAll(index: TraceIndex, test: SpansTest, n: number, chosen: number[]): SpansTestResult[] {
  const which = whichSpans(test);
  const results = new Map<
    string,
    { first: SpanTestResult; wrong: { place: number; it: SpanTestResult }[] }
  >();
  for (const place of chosen) {
    for (const it of testSpan(index.spans[place] as Span, test)) {
      const key = it.path.join("\n");
      const entry = results.get(key) ?? { first: it, wrong: [] };
      if (!it.ok) entry.wrong.push({ place, it });
      results.set(key, entry);
    }
  }
  return [...results.values()].map(({ first, wrong }): SpansTestResult => {
    const spanIds = wrong.map(({ place }) => (index.spans[place] as Span).spanId);
    const [one] = wrong;
    return {
      ok: one === undefined,
      which,
      expectation: `${which}: ${first.expectation}`,
      seen: one
        ? `${one.it.seen} in ${labelAt(index, one.place)}${wrong.length > 1 ? ` and ${wrong.length - 1} more` : ""}`
        : "so it is",
      path: ["spans", n, ...first.path],
      spanIds,
      ...(one
        ? {
            finding: failed(
              wrong.map(({ it }) => it) as [SpanTestResult, ...SpanTestResult[]],
              labelAt(index, one.place),
              spanIds,
              which,
            ),
          }
        : {}),
    };
  });
}

/**
 * @param results what is not as expected, of each span one.
 * @param which the spans that the expectation is about, when a condition chooses them.
 */
function failed(
  results: [SpanTestResult, ...SpanTestResult[]],
  edge: string,
  spanIds: string[],
  which?: string,
): Finding {
  const [result] = results;
  return {
    code: result.code,
    edge,
    evidence: `expected that ${result.expectation}; seen: ${result.seen}${results.length > 1 ? ` (and ${results.length - 1} more spans)` : ""}`,
    cause: causes[result.code] ?? "the span says something else than expected",
    remedy: `look at ${result.key} of the span in the trace, and at who sets it`,
    spanIds,
    about: {
      key: result.key,
      seen: result.seen,
      lacks: results.every((it) => it.lacks),
      ...(which === undefined ? {} : { which }),
    },
  };
}

const causes: Partial<Record<SpanTestResult["code"], string>> = {
  "expect.attribute":
    "the part that makes the span does not set it, sets it under another name or type, or a processor of the Collector changed it",
  "expect.status":
    "the call ended in another way, or the part that made the span does not record how it ended",
  "expect.event": "the code that records the event was not reached, or records it on another span",
  "expect.link": "the span was started with another parent or link than expected",
};
