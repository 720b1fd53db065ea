import type { Blocked } from "./blocks.ts";
import {
  abreast,
  blockSizes,
  blocksAtMost,
  drawBlocks,
  inBlocks,
  sumsOf,
  weigh,
  weightsOf,
} from "./blocks.ts";
import type { HopRole } from "./hop.ts";
import { hopLabel } from "./hop.ts";
import { seededRandom } from "./random.ts";
import type { Column, Frame } from "./sample.ts";
import type { Estimate } from "./statistics.ts";
import { estimate, resamples } from "./statistics.ts";

/** How sure the test is to call no line different when none is. */
const familyWiseError = 0.05;

/** How often traces are dealt to the two sides anew. With 999, the smallest p is 0.001. */
const permutations = 999;

const seed = 20_221_993;

/** How one line of figures differs between two sets of traces: B minus A. */
export interface Difference {
  /** `total`, a role, or a hop's key. */
  key: string;
  of: "total" | "role" | "hop";
  role?: HopRole;
  label: string;
  /** Mean over all traces of A, 0 in those where it does not occur, in ns. */
  a: number;
  /** The same of B. */
  b: number;
  /** B minus A in ns, with its interval. The hops' differences add up to the total's. */
  difference: Estimate;
  /** Chance to see such a difference, on any line, when A and B are alike. Absent with too few traces to tell. */
  p?: number;
  /** Whether that is less than 5 %; `unknown` with too few traces to tell: four on each side are enough. */
  verdict: "slower" | "faster" | "noise" | "unknown";
}

/** A line of figures on both sides; absent on the side where it does not occur. */
type Pair = Pick<Difference, "key" | "of" | "role" | "label"> & { a?: Column; b?: Column };

/**
 * Compares two sets of traces, line by line.
 *
 * The interval is the percentile bootstrap of the difference of means: traces of A and of B are drawn anew, each side by
 * itself. Whether it is more than noise is told by a permutation test on Welch's t (Janssen 1997, "Studentized
 * permutation tests for non-i.i.d. hypotheses": it holds its level also when A and B vary differently), and as many
 * lines are looked at in one go, each t is held against the largest one of all lines in each permutation (Westfall and
 * Young, "Resampling-Based Multiple Testing", 1993, single-step maxT). So the chance to call any line different when
 * nothing differs is 5 % in all, not 5 % a line.
 */
export function compareFrames(a: Frame, b: Frame): Difference[] {
  const pairs = pairUp(a, b);
  const means = (it: Column | undefined, traces: number) =>
    it === undefined || traces === 0 ? 0 : it.ns.reduce((sum, ns) => sum + ns, 0) / traces;
  const enough = a.traces > 1 && b.traces > 1;
  const intervals = enough ? drawDifferences(pairs, a, b) : undefined;
  const chances =
    enough && smallestChance(a.traces, b.traces) < familyWiseError ? permute(pairs, a, b) : undefined;
  return pairs.map(({ a: columnA, b: columnB, ...pair }, i) => {
    const ofA = means(columnA, a.traces);
    const ofB = means(columnB, b.traces);
    const p = chances?.[i];
    const verdict =
      p === undefined ? "unknown" : p >= familyWiseError ? "noise" : ofB > ofA ? "slower" : "faster";
    return {
      ...pair,
      a: ofA,
      b: ofB,
      difference: estimate(ofB - ofA, intervals?.[i]),
      ...(p === undefined ? {} : { p }),
      verdict,
    };
  });
}

/** The smallest p that traces so few can give: one (of equal sides, two) of all ways to deal them to the sides. */
function smallestChance(a: number, b: number): number {
  let ways = 1;
  for (let i = 1; i <= Math.min(a, b) && ways < 1000; i++) {
    ways *= (a + b + 1 - i) / i;
  }
  return (a === b ? 2 : 1) / ways;
}

function pairUp(a: Frame, b: Frame): Pair[] {
  const whole = (frame: Frame): Column => ({
    key: "total",
    role: "app",
    rows: Uint32Array.from(frame.totals.keys()),
    ns: frame.totals,
  });
  const roles = union(a.roles, b.roles).map((it) => ({ ...it, of: "role" as const, label: it.key }));
  const places = new Map([...b.hops, ...a.hops].map((it) => [it.key, it]));
  const hops = union(a.hops, b.hops)
    .map((it) => {
      const { hop, place } = places.get(it.key) as (typeof a.hops)[number];
      return { ...it, of: "hop" as const, label: hopLabel(hop), place };
    })
    .sort((x, y) => x.place - y.place || (x.key < y.key ? -1 : 1));
  return [
    { key: "total", of: "total", label: "end to end", a: whole(a), b: whole(b) },
    ...roles,
    ...hops.map(({ place: _, ...it }) => it),
  ];
}

function union(a: Column[], b: Column[]): { key: string; role: HopRole; a?: Column; b?: Column }[] {
  const found = new Map<string, { key: string; role: HopRole; a?: Column; b?: Column }>();
  for (const it of a) found.set(it.key, { key: it.key, role: it.role, a: it });
  for (const it of b) found.set(it.key, { ...(found.get(it.key) ?? { key: it.key, role: it.role }), b: it });
  return [...found.values()];
}

function drawDifferences(pairs: Pair[], a: Frame, b: Frame): Float64Array[] {
  const drawn = pairs.map(() => new Float64Array(resamples));
  const random = seededRandom(seed);
  const sides = [a, b].map(({ traces }, side) => {
    const blocks = Math.min(traces, blocksAtMost);
    return {
      columns: pairs.map((pair) => inBlocks(side === 0 ? pair.a : pair.b, traces, blocks)),
      all: Uint32Array.from({ length: blocks }, (_, i) => i),
      sizes: blockSizes(traces, blocks),
      weights: weightsOf(blocks),
      sign: side === 0 ? -1 : 1,
    };
  });
  const [traces, sum] = [sumsOf(), sumsOf()];
  for (let round = 0; round < resamples; round += abreast) {
    for (let draw = 0; draw < abreast; draw++) {
      for (const { weights } of sides) drawBlocks(weights, draw, random);
    }
    for (const { columns, all, sizes, weights, sign } of sides) {
      weigh(sizes, all, weights, traces);
      for (let c = 0; c < columns.length; c++) {
        const { at, sums } = columns[c] as Blocked;
        const to = drawn[c] as Float64Array;
        weigh(sums, at, weights, sum);
        for (let draw = 0; draw < abreast; draw++) {
          const i = round + draw;
          to[i] = (to[i] as number) + (sign * (sum[draw] as number)) / (traces[draw] as number);
        }
      }
    }
  }
  return drawn;
}

/** The adjusted p of each pair. */
function permute(pairs: Pair[], a: Frame, b: Frame): number[] {
  // Blocks are as large on both sides, so that they may change sides; their number is bounded by the smaller side.
  const size = Math.max(Math.floor(Math.min(a.traces, b.traces) / blocksAtMost), 1);
  const blocksA = Math.floor(a.traces / size);
  const blocksB = Math.floor(b.traces / size);
  const all = blocksA + blocksB;
  const lines = pairs.length;
  const values = new Float64Array(all * lines);
  pairs.forEach((pair, line) => {
    fill(values, pair.a, size, blocksA, 0, line, lines);
    fill(values, pair.b, size, blocksB, blocksA, line, lines);
  });
  const order = Uint32Array.from({ length: all }, (_, i) => i);
  // Only the smaller side is added up, the other one is the rest.
  const smaller = Math.min(blocksA, blocksB);
  const observedFrom = blocksA <= blocksB ? 0 : blocksA;
  const sums = columnSums(values, order, 0, all, lines);
  const tOf = (from: number) =>
    welch(columnSums(values, order, from, from + smaller, lines), sums, smaller, all);
  const observed = tOf(observedFrom);
  const random = seededRandom(seed);
  const beyond = new Uint32Array(lines);
  for (let round = 0; round < permutations; round++) {
    for (let i = 0; i < smaller; i++) {
      const j = i + random(all - i);
      const kept = order[i] as number;
      order[i] = order[j] as number;
      order[j] = kept;
    }
    const t = tOf(0);
    let largest = 0;
    for (let line = 0; line < lines; line++) largest = Math.max(largest, t[line] as number);
    for (let line = 0; line < lines; line++) {
      if (largest >= (observed[line] as number)) beyond[line] = (beyond[line] as number) + 1;
    }
  }
  return Array.from(beyond, (it) => (it + 1) / (permutations + 1));
}

function fill(
  values: Float64Array,
  column: Column | undefined,
  size: number,
  blocks: number,
  first: number,
  line: number,
  lines: number,
): void {
  if (column === undefined) {
    return;
  }
  for (let i = 0; i < column.rows.length; i++) {
    const block = Math.floor((column.rows[i] as number) / size);
    if (block < blocks) {
      const at = (first + block) * lines + line;
      values[at] = (values[at] as number) + (column.ns[i] as number) / size;
    }
  }
}

/** Sums and sums of squares, line by line, of rows of `values`. */
function columnSums(
  values: Float64Array,
  order: Uint32Array,
  from: number,
  to: number,
  lines: number,
): { sum: Float64Array; squares: Float64Array } {
  const sum = new Float64Array(lines);
  const squares = new Float64Array(lines);
  for (let i = from; i < to; i++) {
    const row = (order[i] as number) * lines;
    for (let line = 0; line < lines; line++) {
      const value = values[row + line] as number;
      sum[line] = (sum[line] as number) + value;
      squares[line] = (squares[line] as number) + value * value;
    }
  }
  return { sum, squares };
}

/** The absolute value of Welch's t of each line, between one part of the rows and the rest. */
function welch(
  part: { sum: Float64Array; squares: Float64Array },
  all: { sum: Float64Array; squares: Float64Array },
  count: number,
  total: number,
): Float64Array {
  const rest = total - count;
  return part.sum.map((sum, line) => {
    const sumRest = (all.sum[line] as number) - sum;
    const squares = part.squares[line] as number;
    const variance = Math.max(squares - (sum * sum) / count, 0) / (count - 1);
    const varianceRest =
      Math.max((all.squares[line] as number) - squares - (sumRest * sumRest) / rest, 0) / (rest - 1);
    const spread = Math.sqrt(variance / count + varianceRest / rest);
    const gap = Math.abs(sum / count - sumRest / rest);
    return gap === 0 ? 0 : gap / Math.max(spread, 1e-9 * gap);
  });
}
