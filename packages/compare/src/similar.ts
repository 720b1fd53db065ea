import type { Span } from "@envoy-mesh-lab/trace";
import type { Decomposer, Detail } from "./decompose.ts";
import type { HopRole } from "./hop.ts";
import { hopKey, hopLabel } from "./hop.ts";
import { statusKeys } from "./label.ts";
import { Structure } from "./structure.ts";

/** What is compared of a trace with traces like it. Times in ns. */
export interface Likeness {
  traceId: string;
  totalNs: number;
  topSpanId: string;
  /**
   * The same for traces of one operation and path: the top span's name, and which parties' spans stand below which. How many
   * there are does not count, so that a trace with a hundred queries is like one with three.
   */
  shape: string;
  /** Whether its first span says that it failed: what failed early is no example of how fast it can be. */
  failed: boolean;
  hops: ReadonlyMap<string, HopTime>;
  /** How many spans there are, by party and kind. */
  spans: ReadonlyMap<string, number>;
}

interface HopTime {
  role: HopRole;
  label: string;
  ns: number;
}

/** The least, the middle and the greatest of some figures; of two in the middle the lesser. */
export interface Spread {
  least: number;
  median: number;
  most: number;
}

/** How one trace differs from fast ones of its shape. Times in ns. */
export interface Contrast {
  traceId: string;
  totalNs: number;
  /** Other traces of the same shape that went well, those that failed, and those of another shape. */
  alike: number;
  failed: number;
  otherShapes: number;
  /** The traces of the same shape that are held against it: those that were faster, of the faster half of all. */
  fast: string[];
  /** Absent when none was faster. */
  fastNs?: Spread;
  /** Where it spent its time and where they did, the greatest difference first. A hop that a trace lacks took 0 there. */
  hops: HopContrast[];
  /** Parties that make more spans than in each of the fast ones, or fewer. */
  spans: { party: string; count: number; fast: Spread }[];
}

export interface HopContrast extends HopTime {
  fast: Spread;
  /** Against the median of the fast ones. These do not add up: medians of parts are not parts of a median. */
  differenceNs: number;
  /** Whether it is beyond all of the fast ones. */
  verdict: "slower" | "faster" | "as-they";
}

/** Says what is compared of a divided trace; undefined when it has no spans. */
export function likenessOf(
  { names }: Decomposer,
  { decomposition, index, placement }: Detail,
): Likeness | undefined {
  const { traceId, totalNs, top, parts } = decomposition;
  if (top < 0) return undefined;
  const first = index.spans[top] as Span;
  const structure = new Structure(names);
  structure.add(index, placement, top);
  const parents = structure.parents();
  const edges = [...parents].flatMap(([party, above]) => [...above.keys()].map((it) => `${it} > ${party}`));
  return {
    traceId,
    totalNs,
    topSpanId: first.spanId,
    shape: JSON.stringify([withoutIds(first.name), ...edges.sort()]),
    failed: hasFailed(first),
    hops: new Map(parts.map(({ hop, ns }) => [hopKey(hop), { role: hop.role, label: hopLabel(hop), ns }])),
    spans: new Map([...parents].map(([party, above]) => [party, sum(above.values())])),
  };
}

/** Holds a trace against the fast ones of its shape among others; itself among them is left out. */
export function contrast(one: Likeness, others: Iterable<Likeness>): Contrast {
  const all = [...others].filter((it) => it.traceId !== one.traceId);
  const ofShape = all.filter((it) => it.shape === one.shape);
  const alike = ofShape.filter((it) => !it.failed).sort((a, b) => a.totalNs - b.totalNs);
  const fast = alike.slice(0, Math.ceil(alike.length / 2)).filter((it) => it.totalNs < one.totalNs);
  const found = {
    traceId: one.traceId,
    totalNs: one.totalNs,
    alike: alike.length,
    failed: ofShape.length - alike.length,
    otherShapes: all.length - ofShape.length,
    fast: fast.map((it) => it.traceId),
  };
  if (fast.length === 0) return { ...found, hops: [], spans: [] };
  return {
    ...found,
    fastNs: spread(fast.map((it) => it.totalNs)),
    hops: hopsOf(one, fast).sort((a, b) => Math.abs(b.differenceNs) - Math.abs(a.differenceNs)),
    spans: [...one.spans].flatMap(([party, count]) => {
      const theirs = spread(fast.map((it) => it.spans.get(party) ?? 0));
      return count < theirs.least || count > theirs.most ? [{ party, count, fast: theirs }] : [];
    }),
  };
}

/** A number, a UUID or eight and more hexadecimal digits, as one segment of a path. */
const idSegment = /(?<=\/)(\d+|[0-9a-f]{8,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})(?=[/?\s]|$)/gi;

/** A span's name with `*` for ids in its path, where a name holds what was asked for instead of the route. */
function withoutIds(name: string): string {
  return name.replace(idSegment, "*");
}

/** Whether a span says that what it stands for failed: by its status, or as HTTP has it on the side that answers. */
function hasFailed({ status, attributes }: Span): boolean {
  return status.code === "error" || statusKeys.some((it) => Number(attributes[it]) >= 500);
}

function hopsOf(one: Likeness, fast: readonly Likeness[]): HopContrast[] {
  const every = new Map([...fast, one].flatMap((it) => [...it.hops]));
  return [...every].map(([key, { role, label }]) => {
    const ns = one.hops.get(key)?.ns ?? 0;
    const theirs = spread(fast.map((it) => it.hops.get(key)?.ns ?? 0));
    const verdict = ns > theirs.most ? "slower" : ns < theirs.least ? "faster" : "as-they";
    return { role, label, ns, fast: theirs, differenceNs: ns - theirs.median, verdict };
  });
}

function spread(figures: readonly number[]): Spread {
  const sorted = figures.toSorted((a, b) => a - b);
  const at = (place: number) => sorted[place] as number;
  return { least: at(0), median: at((sorted.length - 1) >> 1), most: at(sorted.length - 1) };
}

function sum(figures: Iterable<number>): number {
  let all = 0;
  for (const it of figures) all += it;
  return all;
}
