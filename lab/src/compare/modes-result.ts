import { randomFrom } from "./modes-order.ts";
import type { CallPart } from "./modes-parts.ts";
import { type ModeName, modes } from "./modes-table.ts";

/** One call that was measured. */
export interface ModeSample {
  readonly mode: ModeName;
  readonly round: number;
  /** From the call's start to its end, on the client's own clock, in milliseconds. */
  readonly clockMs: number;
  /** From its spans. */
  readonly parts: readonly CallPart[];
}

/** A value and its 95 % confidence interval, in milliseconds. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A part of the calls of one mode. */
export interface PartFigures {
  readonly name: string;
  readonly kind: CallPart["kind"];
  /** Median. */
  readonly ms: Estimate;
}

/** What the calls of one mode took. */
export interface ModeFigures {
  readonly mode: ModeName;
  readonly proxies: number;
  /** Median on the client's own clock. */
  readonly clockMs: Estimate;
  /** Median of the topmost span, which holds all others. */
  readonly spansMs: Estimate;
  /** Median of what the client's clock counts and no span does: between the client and the first hop. */
  readonly outsideMs: Estimate;
  /** Median of what all applications, all proxies and all legs took together. */
  readonly byKind: Readonly<Record<CallPart["kind"], Estimate>>;
  /** From the caller's side on. */
  readonly parts: readonly PartFigures[];
}

/** What one mode costs more than the baseline. */
export interface ModeCost {
  readonly mode: ModeName;
  readonly proxies: number;
  /** Median of the differences, round by round, on the client's own clock and from the spans. */
  readonly clockMs: Estimate;
  readonly spansMs: Estimate;
  /** Median of clock less spans, round by round. */
  readonly disagreementMs: Estimate;
  /** Whether the two differ by more than noise, and by more than a tenth of the cost. */
  readonly disagrees: boolean;
}

/** What a run over all modes tells. */
export interface ModesFigures {
  /** Rounds in which every mode has a call that went well and a whole trace. */
  readonly rounds: number;
  readonly modes: readonly ModeFigures[];
  readonly costs: readonly ModeCost[];
}

/** How often the rounds are drawn anew: enough for an interval's ends to be steady to about a hundredth of its width. */
const resamples = 2_000;

/** A disagreement of less than this share of the cost does not matter to anybody who asks what a mesh costs. */
const negligible = 0.1;

/**
 * Judges the rounds in which all modes have a sample. Intervals are bootstrap percentile intervals over rounds (Efron
 * and Tibshirani, "An Introduction to the Bootstrap", chapter 13), so that the calls of one round stay together.
 *
 * @returns undefined when there is no such round.
 */
export function judgeModes(samples: readonly ModeSample[], seed: number): ModesFigures | undefined {
  const names = modes.map((it) => it.name).filter((name) => samples.some((it) => it.mode === name));
  const byRound = Map.groupBy(samples, (it) => it.round);
  const rounds = [...byRound]
    .sort(([a], [b]) => a - b)
    .map(([, round]) => new Map(round.map((it) => [it.mode, it])))
    .filter((round) => names.every((name) => round.has(name)));
  if (rounds.length === 0) {
    return undefined;
  }
  const random = randomFrom(seed);
  const draws = Array.from({ length: resamples }, () => draw(rounds.length, random));
  const estimate = (
    read: (sample: ModeSample, baseline: ModeSample | undefined) => number,
    name: ModeName,
  ) => {
    const values = rounds.map((round) => {
      const sample = round.get(name);
      return sample === undefined ? Number.NaN : read(sample, round.get("baseline"));
    });
    return bootstrapMedian(values, draws);
  };

  const known = modes.filter((it) => names.includes(it.name));
  return {
    rounds: rounds.length,
    modes: known.map(({ name, proxies }) => ({
      mode: name,
      proxies,
      clockMs: estimate((it) => it.clockMs, name),
      spansMs: estimate(spansMs, name),
      outsideMs: estimate((it) => it.clockMs - spansMs(it), name),
      byKind: {
        app: estimate((it) => sumOf(it, "app"), name),
        proxy: estimate((it) => sumOf(it, "proxy"), name),
        network: estimate((it) => sumOf(it, "network"), name),
      },
      parts: partNames(rounds.flatMap((it) => it.get(name) ?? [])).map(({ name: part, kind }) => ({
        name: part,
        kind,
        ms: estimate((it) => sum(it.parts.filter((each) => each.name === part)), name),
      })),
    })),
    costs: known
      .filter((it) => it.name !== "baseline" && names.includes("baseline"))
      .map(({ name, proxies }) => {
        const over = (of: (it: ModeSample) => number) =>
          estimate((it, baseline) => of(it) - (baseline ? of(baseline) : Number.NaN), name);
        const clockMs = over((it) => it.clockMs);
        const disagreementMs = over((it) => it.clockMs - spansMs(it));
        return {
          mode: name,
          proxies,
          clockMs,
          spansMs: over(spansMs),
          disagreementMs,
          disagrees:
            isMoreThanNoise(disagreementMs) &&
            Math.abs(disagreementMs.value) > negligible * Math.abs(clockMs.value),
        };
      }),
  };
}

/** Whether an interval leaves zero out. */
export function isMoreThanNoise({ low, high }: Estimate): boolean {
  return low > 0 || high < 0;
}

function spansMs(sample: ModeSample): number {
  return sum(sample.parts);
}

function sumOf(sample: ModeSample, kind: CallPart["kind"]): number {
  return sum(sample.parts.filter((it) => it.kind === kind));
}

function sum(parts: readonly CallPart[]): number {
  return parts.reduce((total, it) => total + it.ms, 0);
}

/** The parts that calls have, in the order of the call. */
function partNames(samples: readonly ModeSample[]): Pick<CallPart, "name" | "kind">[] {
  const all = samples.flatMap((it) => it.parts);
  return [...new Map(all.map((it) => [it.name, it])).values()];
}

/** How often each of n rounds is in a sample of n that is drawn with replacement. */
function draw(n: number, random: () => number): Uint32Array {
  const times = new Uint32Array(n);
  for (let i = 0; i < n; i++) {
    const round = Math.floor(random() * n);
    times[round] = (times[round] ?? 0) + 1;
  }
  return times;
}

function bootstrapMedian(values: readonly number[], draws: readonly Uint32Array[]): Estimate {
  const ascending = [...values.keys()].sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const medians = Float64Array.from(draws, (times) => medianOf(values, ascending, times)).sort();
  const at = (share: number) => medians[Math.round(share * (medians.length - 1))] ?? Number.NaN;
  return {
    value: medianOf(values, ascending, new Uint32Array(values.length).fill(1)),
    low: at(0.025),
    high: at(0.975),
  };
}

/**
 * The median of values of which each counts some times. Sorted once and walked for each draw, as sorting each draw
 * would take a hundred times as long.
 *
 * @param ascending the positions of the values, by value.
 */
function medianOf(values: readonly number[], ascending: readonly number[], times: Uint32Array): number {
  const n = values.length;
  let seen = 0;
  let lower = Number.NaN;
  for (const position of ascending) {
    seen += times[position] ?? 0;
    const value = values[position] ?? Number.NaN;
    if (Number.isNaN(lower) && seen >= Math.ceil(n / 2)) {
      lower = value;
    }
    // With an even number the median lies between two, which may be the same.
    if (seen >= Math.floor(n / 2) + 1) {
      return (lower + value) / 2;
    }
  }
  return Number.NaN;
}
