import type { Span, TraceIndex } from "@envoy-mesh-lab/trace";
import { noParent, serviceOf } from "@envoy-mesh-lab/trace";
import type { Expected, ExpectedSpan } from "./expected.ts";
import { countOf } from "./expected.ts";
import type { SpanTestResult } from "./span-tests.ts";
import { testSpan } from "./span-tests.ts";

/** An expected hop, and the spans that were found for it. */
export interface ExpectedSpanMatch {
  hop: ExpectedSpan;
  /** Where it is said in the file of expectations. */
  path: PropertyKey[];
  /** The hop that it hangs below; absent for the first. */
  before?: ExpectedSpanMatch;
  /** The places of its spans in the index, in order of start. */
  places: number[];
  /** What came of the tests of the hop's spans, by place; each span is asked once. */
  tests: Map<number, SpanTestResult[]>;
  /** The chains that begin below it. */
  branches: ExpectedSpanMatch[][];
}

/** The hops of a file of expectations, each with its spans. */
export interface Matches {
  chain: ExpectedSpanMatch[];
  /** All of them, branches too, in the order in which they are written. */
  all: ExpectedSpanMatch[];
  /** Which spans belong to a hop. */
  claimed: Uint8Array;
}

/**
 * Gives each hop its spans: those of the hop's service, kind and, if it says one, direction. Of several, those below the
 * hop before come first, then those that say what is expected of them, then the earlier ones.
 */
export function matchHops(index: TraceIndex, expected: Expected): Matches {
  const all: ExpectedSpanMatch[] = [];
  const chain = layOut(expected.hops, ["hops"], undefined, all);
  const claimed = new Uint8Array(index.spans.length);
  if (all.length === 0) return { chain, all, claimed };
  const byName = placesByName(index);
  for (const match of all) {
    match.places = choose(index, match, byName, claimed);
    for (const place of match.places) claimed[place] = 1;
  }
  return { chain, all, claimed };
}

function layOut(
  hops: ExpectedSpan[],
  path: PropertyKey[],
  above: ExpectedSpanMatch | undefined,
  all: ExpectedSpanMatch[],
): ExpectedSpanMatch[] {
  const chain: ExpectedSpanMatch[] = [];
  let before = above;
  hops.forEach((hop, i) => {
    const match: ExpectedSpanMatch = {
      hop,
      path: [...path, i],
      ...(before ? { before } : {}),
      places: [],
      tests: new Map(),
      branches: [],
    };
    chain.push(match);
    all.push(match);
    match.branches = (hop.children ?? []).map((branch, n) =>
      layOut(branch, [...path, i, "children", n], match, all),
    );
    before = match;
  });
  return chain;
}

function placesByName(index: TraceIndex): Map<string, number[]> {
  const places = new Map<string, number[]>();
  index.spans.forEach((span, i) => {
    const key = `${span.kind} ${serviceOf(span)}`;
    const list = places.get(key);
    if (list) list.push(i);
    else places.set(key, [i]);
  });
  return places;
}

function choose(
  index: TraceIndex,
  match: ExpectedSpanMatch,
  byName: Map<string, number[]>,
  claimed: Uint8Array,
): number[] {
  const { hop } = match;
  const above = nearestAbove(match)?.places;
  const { min, max } = countOf(hop);
  const right: number[] = [];
  const elsewhere: number[] = [];
  for (const i of byName.get(`${hop.kind} ${hop.service}`) ?? []) {
    const direction = index.who[i]?.direction;
    if (claimed[i] || (hop.direction && direction && direction !== hop.direction)) continue;
    const parent = index.parent[i] as number;
    const isRight = above === undefined ? parent === noParent : above.includes(parent);
    (isRight ? right : elsewhere).push(i);
  }
  const fits = (i: number) => testsOf(index, match, i).every((it) => it.ok);
  const best =
    right.length > max || elsewhere.length > 0
      ? [...right.filter(fits), ...right.filter((i) => !fits(i))]
      : right;
  const chosen = best.slice(0, max);
  // A hop that has to be there and sits elsewhere is taken, so that it can be told where it sits.
  return [...chosen, ...elsewhere.slice(0, Math.max(0, min - chosen.length))].sort((a, b) => a - b);
}

/** What a span says of what is expected of its hop. */
export function testsOf(index: TraceIndex, match: ExpectedSpanMatch, place: number): SpanTestResult[] {
  let results = match.tests.get(place);
  if (results === undefined) {
    results = testSpan(index.spans[place] as Span, match.hop);
    match.tests.set(place, results);
  }
  return results;
}

/** The hop above that has spans: optional hops that are not there are passed over. */
function nearestAbove(match: ExpectedSpanMatch): ExpectedSpanMatch | undefined {
  let above = match.before;
  while (above && above.places.length === 0 && countOf(above.hop).min === 0) above = above.before;
  return above;
}
