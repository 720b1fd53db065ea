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
  const rounds = [...byRound.values()]
    .map((round) => new Map(round.map((it) => [it.mode, it])))
    .filter((round) => names.every((name) => round.has(name)));
  if (rounds.length === 0) {
    return undefined;
  }
  const random = randomFrom(seed);
  const draws = Array.from({ length: resamples }, () =>
    Int32Array.from(rounds, () => Math.floor(random() * rounds.length)),
  );
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

function sum(parts: readonly CallPart[]): number {
  return parts.reduce((total, it) => total + it.ms, 0);
}

/** The parts that calls have, in the order of the call. */
function partNames(samples: readonly ModeSample[]): Pick<CallPart, "name" | "kind">[] {
  const all = samples.flatMap((it) => it.parts);
  return [...new Map(all.map((it) => [it.name, it])).values()];
}

function bootstrapMedian(values: readonly number[], draws: readonly Int32Array[]): Estimate {
  const medians = draws
    .map((draw) => median(Float64Array.from(draw, (i) => values[i] ?? Number.NaN)))
    .sort((a, b) => a - b);
  const at = (share: number) => medians[Math.round(share * (medians.length - 1))] ?? Number.NaN;
  return { value: median(Float64Array.from(values)), low: at(0.025), high: at(0.975) };
}

/** @param values sorted in place. */
function median(values: Float64Array): number {
  values.sort();
  const middle = (values.length - 1) / 2;
  return ((values[Math.floor(middle)] ?? Number.NaN) + (values[Math.ceil(middle)] ?? Number.NaN)) / 2;
}
