import type { CompareReport } from "@envoy-mesh-lab/compare";
import { Collection, Decomposer, report } from "@envoy-mesh-lab/compare";
import type { Trace } from "@envoy-mesh-lab/trace";
import { originFinder } from "@envoy-mesh-lab/trace";

/** Traces with a name, to be compared. */
export interface NamedTraces {
  readonly name: string;
  readonly traces: Iterable<Trace>;
}

/** How many of 100 traces take no longer than so many ns. */
export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [ns: number, percent: number])[];
}

/** How the times of a hop are spread: what 5, 25, 50, 75 and 95 of 100 traces stay below, in ns. */
export interface Spread {
  readonly key: string;
  readonly a?: readonly number[];
  readonly b?: readonly number[];
}

/** All that `lab compare` tells, and what its pictures are drawn from. */
export interface Comparison {
  readonly report: CompareReport;
  readonly curves: readonly Curve[];
  readonly spreads: readonly Spread[];
}

/**
 * Divides the time of traces among hops, and compares two sets of them when there is a second one.
 *
 * @param by an attribute to group by. Default: none.
 * @throws {LabError} when a set has no trace in which there is something to tell.
 */
export function compareSets(a: NamedTraces, b?: NamedTraces, by?: string): Comparison {
  const options = { decomposer: new Decomposer(), findOrigins: originFinder() };
  const collected = ({ name, traces }: NamedTraces, by?: string) => {
    const collection = new Collection({ ...options, by });
    for (const trace of traces) collection.add(trace);
    collection.check(name);
    return { source: name, collection };
  };
  const sides = [collected(a, by), ...(b === undefined ? [] : [collected(b)])] as const;
  const frames = sides.map((it) => it.collection.sample.frame());
  const hops = frames.map((it) => new Map(it.hops.map((hop) => [hop.key, hop.ns.toSorted()])));
  const keys = new Set(hops.flatMap((it) => [...it.keys()]));
  return {
    report: report(sides[0], { by, against: sides[1] }),
    curves: frames.map(({ totals }, i) => ({
      name: sides[i]?.source ?? "",
      points: curveOf(totals.toSorted()),
    })),
    spreads: [...keys].map((key) => {
      const [ofA, ofB] = [hops[0]?.get(key), hops[1]?.get(key)];
      return { key, ...(ofA ? { a: spreadOf(ofA) } : {}), ...(ofB ? { b: spreadOf(ofB) } : {}) };
    }),
  };
}

/** At most so many points of a curve can be told apart. */
const mostPoints = 200;

function curveOf(sorted: Float64Array): (readonly [number, number])[] {
  const steps = Math.min(sorted.length, mostPoints);
  return Array.from({ length: steps + 1 }, (_, i) => [rank(sorted, i / steps), (i / steps) * 100] as const);
}

function spreadOf(sorted: Float64Array): number[] {
  return [0.05, 0.25, 0.5, 0.75, 0.95].map((p) => rank(sorted, p));
}

/** The percentile by nearest rank. */
function rank(sorted: Float64Array, p: number): number {
  return sorted[Math.max(Math.ceil(p * sorted.length) - 1, 0)] ?? 0;
}
