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
import { seededRandom } from "./random.ts";
import type { Column, Frame } from "./sample.ts";

/** A figure with the interval that it lies in; the bounds are absent where there are too few traces to tell. */
export interface Estimate {
  value: number;
  low?: number;
  high?: number;
}

/** What is said of a hop, a role or the whole. */
export interface Summary {
  /** In how many traces it occurs. */
  count: number;
  /** Mean over the traces in which it occurs, in ns. */
  mean: Estimate;
  p50: Estimate;
  p90: Estimate;
  p99: Estimate;
  /** Share of the end-to-end time of all traces, 0 to 1. */
  share: Estimate;
  /** Mean over all traces, 0 where it does not occur, in ns: these add up to the mean of the whole. */
  perTrace: Estimate;
}

/** How sure intervals are. */
export const confidence = 0.95;

/** How often samples are drawn anew for an interval. */
export const resamples = 1000;

/** Where the random numbers begin; fixed, so that the same traces give the same intervals. */
const seed = 20_220_711;

/** The summaries of a frame's columns, and of the whole. */
export interface Summaries {
  total: Summary;
  of: (column: Column) => Summary;
}

/**
 * Sums up a frame.
 *
 * Means and shares have percentile bootstrap intervals (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993,
 * chapter 13): traces are drawn anew 1000 times, whole traces, so that hops of one trace stay together. More than 1000
 * traces are drawn in 1000 blocks of equal size, put together at random (by a hash of their ids): a block's sum varies
 * as its traces do, so the interval is the same and its cost is bounded. Percentiles have the interval to which the
 * percentile bootstrap tends when it is repeated without end; it is known exactly from the binomial distribution of
 * ranks (the same book, section 6.5, and David and Nagaraja, "Order Statistics", 2003, section 7.1), so nothing is
 * drawn. A bound is absent where so few traces cannot show it: of 50 traces, nobody can say how high the 99th
 * percentile may lie.
 */
export function summarize(frame: Frame): Summaries {
  const whole: Column = {
    key: "total",
    role: "app",
    rows: Uint32Array.from(frame.totals.keys()),
    ns: frame.totals,
  };
  const columns = [whole, ...frame.roles, ...frame.hops];
  const summaries = new Map<Column, Summary>();
  const drawn = draw(frame, columns);
  const total = frame.totals.reduce((sum, it) => sum + it, 0);
  columns.forEach((column, i) => {
    summaries.set(column, summaryOf(column, frame.traces, total, drawn?.[i]));
  });
  return {
    total: summaries.get(whole) as Summary,
    of: (column) => summaries.get(column) as Summary,
  };
}

/** What drawing anew gave for one column. */
interface Drawn {
  mean: Float64Array;
  share: Float64Array;
  perTrace: Float64Array;
}

function draw(frame: Frame, columns: Column[]): Drawn[] | undefined {
  if (frame.traces < 2) {
    return undefined;
  }
  const blocks = Math.min(frame.traces, blocksAtMost);
  const weights = weightsOf(blocks);
  const blocked = columns.map((it) => inBlocks(it, frame.traces, blocks));
  const all = Uint32Array.from({ length: blocks }, (_, i) => i);
  const sizes = blockSizes(frame.traces, blocks);
  const drawn = columns.map(() => ({
    mean: new Float64Array(resamples),
    share: new Float64Array(resamples),
    perTrace: new Float64Array(resamples),
  }));
  const random = seededRandom(seed);
  const [traces, total, sum, count] = [sumsOf(), sumsOf(), sumsOf(), sumsOf()];
  for (let round = 0; round < resamples; round += abreast) {
    for (let draw = 0; draw < abreast; draw++) drawBlocks(weights, draw, random);
    weigh(sizes, all, weights, traces);
    for (let c = 0; c < columns.length; c++) {
      const { at, sums, counts, everywhere } = blocked[c] as Blocked;
      weigh(sums, at, weights, sum);
      if (!everywhere) weigh(counts, at, weights, count);
      if (c === 0) total.set(sum);
      const to = drawn[c] as Drawn;
      for (let draw = 0; draw < abreast; draw++) {
        const [own, whole, of] = [sum[draw] as number, total[draw] as number, traces[draw] as number];
        const times = everywhere ? of : (count[draw] as number);
        to.mean[round + draw] = times === 0 ? Number.NaN : own / times;
        to.share[round + draw] = whole === 0 ? 0 : own / whole;
        to.perTrace[round + draw] = own / of;
      }
    }
  }
  return drawn;
}

function summaryOf(column: Column, traces: number, total: number, drawn: Drawn | undefined): Summary {
  const sum = column.ns.reduce((total, it) => total + it, 0);
  const sorted = column.ns.toSorted();
  const count = sorted.length;
  return {
    count,
    // A hop of one trace has no interval, and draws without the hop say nothing of its mean.
    mean: estimate(
      count === 0 ? 0 : sum / count,
      count < 2 ? undefined : drawn?.mean.filter((it) => !Number.isNaN(it)),
    ),
    p50: percentile(sorted, 0.5),
    p90: percentile(sorted, 0.9),
    p99: percentile(sorted, 0.99),
    share: estimate(total === 0 ? 0 : sum / total, drawn?.share),
    perTrace: estimate(traces === 0 ? 0 : sum / traces, drawn?.perTrace),
  };
}

/** The value with the interval that holds the middle 95 % of what was drawn. */
export function estimate(value: number, drawn: Float64Array | undefined): Estimate {
  if (drawn === undefined) {
    return { value };
  }
  const numbers = drawn.slice();
  const tail = (1 - confidence) / 2;
  const last = numbers.length - 1;
  return {
    value,
    low: smallest(numbers, Math.floor(tail * last)),
    high: smallest(numbers, Math.ceil((1 - tail) * last)),
  };
}

/** The number that has so many before it in rising order; the numbers change places (Hoare's algorithm 65, FIND). */
function smallest(numbers: Float64Array, before: number): number {
  let left = 0;
  let right = numbers.length - 1;
  while (left < right) {
    const pivot = numbers[(left + right) >> 1] as number;
    let i = left;
    let j = right;
    while (i <= j) {
      while ((numbers[i] as number) < pivot) i++;
      while ((numbers[j] as number) > pivot) j--;
      if (i > j) break;
      const moved = numbers[i] as number;
      numbers[i++] = numbers[j] as number;
      numbers[j--] = moved;
    }
    if (before <= j) right = j;
    else if (before >= i) left = i;
    else break;
  }
  return numbers[before] as number;
}

/** The percentile by nearest rank, of numbers in rising order. */
export function percentile(sorted: Float64Array, p: number): Estimate {
  const n = sorted.length;
  if (n === 0) {
    return { value: 0 };
  }
  const value = sorted[Math.max(Math.ceil(p * n) - 1, 0)] as number;
  if (n < 2) {
    return { value };
  }
  const tail = (1 - confidence) / 2;
  // The p-quantile lies below the sample's k-th smallest with the chance that at least k of n fall below it.
  const low = binomialQuantile(n, p, tail) - 1;
  const high = binomialQuantile(n, p, 1 - tail);
  return {
    value,
    ...(low >= 0 ? { low: sorted[low] as number } : {}),
    ...(high < n ? { high: sorted[high] as number } : {}),
  };
}

/** The smallest k for which at most k of n tries succeed with a chance of at least `chance`. */
export function binomialQuantile(n: number, p: number, chance: number): number {
  if (n > 1000) {
    // The normal approximation is off by less than one rank here, which is less than a thousandth of the sample.
    const z = chance < 0.5 ? -1.959964 : 1.959964;
    return Math.min(Math.max(Math.round(n * p + z * Math.sqrt(n * p * (1 - p))), 0), n);
  }
  let logTerm = n * Math.log1p(-p);
  let sum = Math.exp(logTerm);
  let k = 0;
  while (sum < chance && k < n) {
    logTerm += Math.log((n - k) / (k + 1)) + Math.log(p / (1 - p));
    sum += Math.exp(logTerm);
    k++;
  }
  return k;
}
