import type { HopRole } from "./hop.ts";
import { hopRoles } from "./hop.ts";
import type { CallPart } from "./modes-parts.ts";
import type { ModeName } from "./modes-table.ts";
import { modes } from "./modes-table.ts";
import type { Estimate } from "./statistics.ts";
import { percentile } from "./statistics.ts";

/** One call that was measured. */
export interface ModeSample {
  readonly mode: ModeName;
  readonly round: number;
  /** From the call's start to its end, on the client's own clock, in milliseconds. */
  readonly clockMs: number;
  /** From its spans. */
  readonly parts: readonly CallPart[];
}

/** A part of the calls of one mode. */
export interface PartFigures {
  readonly name: string;
  readonly role: HopRole;
  /** Median. */
  readonly ms: Estimate;
}

/** What the calls of one mode took, in milliseconds. */
export interface ModeFigures {
  readonly mode: ModeName;
  /** How often a call passes a proxy. */
  readonly proxies: number;
  /** Median on the client's own clock. */
  readonly clockMs: Estimate;
  /** Median of the topmost span, which holds all others. */
  readonly spansMs: Estimate;
  /** Median of what the client's clock counts and no span does: between the client and the first hop. */
  readonly outsideMs: Estimate;
  /** Median of what all parts of a role took together. */
  readonly roles: readonly { readonly role: HopRole; readonly ms: Estimate }[];
  /** From the caller's side on. */
  readonly parts: readonly PartFigures[];
}

/** What one mode costs more than the baseline, in milliseconds. */
export interface ModeCost {
  readonly mode: ModeName;
  readonly proxies: number;
  /** Median of the differences, round by round, on the client's own clock and from the spans. */
  readonly clockMs: Estimate;
  readonly spansMs: Estimate;
  /** What each proxy that is passed costs: the cost, divided by their number. */
  readonly perProxy: { readonly clockMs: Estimate; readonly spansMs: Estimate };
  /** Median of what the parts of a role took more, round by round. */
  readonly roles: readonly { readonly role: HopRole; readonly ms: Estimate }[];
  /** Median of clock less spans, round by round. */
  readonly disagreementMs: Estimate;
  /** The cost on the client's clock in the first and in the second half of the rounds. */
  readonly halvesMs: readonly [Estimate, Estimate];
  /** Whether the two halves differ by more than noise: then the run was not steady. */
  readonly drifts: boolean;
  /** Whether clock and spans differ by more than noise, and by more than a tenth of the cost. */
  readonly disagrees: boolean;
}

/** What a run over all modes tells. */
export interface ModesFigures {
  /** Rounds in which every mode has a call that went well and a whole trace. */
  readonly rounds: number;
  readonly modes: readonly ModeFigures[];
  readonly costs: readonly ModeCost[];
}

/** What a run over all modes tells, and what it was. */
export interface ModesResult extends ModesFigures {
  readonly rpc: string;
  readonly protocol: string;
  readonly askedRate: number;
  readonly seed: number;
  /** Calls that were measured, of them those that failed, and those whose trace is not whole in Tempo. */
  readonly calls: number;
  readonly failed: number;
  readonly incomplete: number;
  /** Calls that started late because the one before was under way. */
  readonly heldBack: number;
  readonly interrupted: boolean;
}

/** A disagreement of less than this share of the cost does not matter to anybody who asks what a mesh costs. */
const negligible = 0.1;

/**
 * Judges the rounds in which all modes have a sample. All figures are medians over rounds, with the 95 % bootstrap
 * interval that `percentile` tells: a round is what is drawn, so the calls of one round stay together.
 *
 * @returns undefined when there is no such round.
 */
export function judgeModes(samples: readonly ModeSample[]): ModesFigures | undefined {
  const known = modes.filter((mode) => samples.some((it) => it.mode === mode.name));
  const rounds = [...Map.groupBy(samples, (it) => it.round)]
    .sort(([a], [b]) => a - b)
    .map(([, round]) => new Map(round.map((it) => [it.mode, it])))
    .filter((round) => known.every((mode) => round.has(mode.name)));
  if (rounds.length === 0) {
    return undefined;
  }
  const samplesOf = (mode: ModeName) => rounds.flatMap((it) => it.get(mode) ?? []);
  const baselines = samplesOf("baseline");
  return {
    rounds: rounds.length,
    modes: known.map(({ name, proxies }) => ({ mode: name, proxies, ...figuresOf(samplesOf(name)) })),
    costs: known
      .filter((it) => it.proxies > 0 && baselines.length > 0)
      .map(({ name, proxies }) => ({
        mode: name,
        proxies,
        ...costOf(samplesOf(name), baselines, proxies),
      })),
  };
}

function figuresOf(samples: readonly ModeSample[]): Omit<ModeFigures, "mode" | "proxies"> {
  const parts = new Map(samples.flatMap((it) => it.parts).map((it) => [it.name, it.role]));
  return {
    clockMs: median(samples.map((it) => it.clockMs)),
    spansMs: median(samples.map(spansMs)),
    outsideMs: median(samples.map(outsideMs)),
    roles: rolesIn(samples).map((role) => ({ role, ms: median(samples.map((it) => roleMs(it, role))) })),
    parts: [...parts].map(([name, role]) => ({
      name,
      role,
      ms: median(samples.map((it) => sum(it.parts.filter((part) => part.name === name)))),
    })),
  };
}

/** @param baselines those of the same rounds, in the same order. */
function costOf(
  samples: readonly ModeSample[],
  baselines: readonly ModeSample[],
  proxies: number,
): Omit<ModeCost, "mode" | "proxies"> {
  const differences = (of: (it: ModeSample) => number) =>
    samples.map((it, i) => of(it) - of(baselines[i] as ModeSample));
  const onClock = differences((it) => it.clockMs);
  const middle = Math.ceil(onClock.length / 2);
  const [first, second] = [median(onClock.slice(0, middle)), median(onClock.slice(middle))];
  const clockMs = median(onClock);
  const spans = median(differences(spansMs));
  const disagreementMs = median(differences(outsideMs));
  const matters = Math.abs(disagreementMs.value) > negligible * Math.abs(clockMs.value);
  return {
    clockMs,
    spansMs: spans,
    perProxy: { clockMs: divided(clockMs, proxies), spansMs: divided(spans, proxies) },
    roles: rolesIn([...samples, ...baselines]).map((role) => ({
      role,
      ms: median(differences((it) => roleMs(it, role))),
    })),
    disagreementMs,
    halvesMs: [first, second],
    drifts: isBelow(first, second) || isBelow(second, first),
    disagrees: matters && isMoreThanNoise(disagreementMs),
  };
}

function divided({ value, low, high }: Estimate, by: number): Estimate {
  return {
    value: value / by,
    ...(low === undefined ? {} : { low: low / by }),
    ...(high === undefined ? {} : { high: high / by }),
  };
}

function rolesIn(samples: readonly ModeSample[]): HopRole[] {
  const found = new Set(samples.flatMap((it) => it.parts).map((it) => it.role));
  return hopRoles.filter((role) => found.has(role));
}

/** What all parts of a role took together. */
function roleMs({ parts }: ModeSample, role: HopRole): number {
  return sum(parts.filter((it) => it.role === role));
}

/** Whether one interval lies below another one. */
function isBelow(a: Estimate, b: Estimate): boolean {
  return a.high !== undefined && b.low !== undefined && a.high < b.low;
}

/** Whether an interval is known and leaves zero out. */
export function isMoreThanNoise({ low, high }: Estimate): boolean {
  return (low ?? 0) > 0 || (high ?? 0) < 0;
}

function median(values: readonly number[]): Estimate {
  return percentile(Float64Array.from(values).sort(), 0.5);
}

function spansMs(sample: ModeSample): number {
  return sum(sample.parts);
}

function outsideMs(sample: ModeSample): number {
  return sample.clockMs - spansMs(sample);
}

function sum(parts: readonly CallPart[]): number {
  return parts.reduce((total, it) => total + it.ms, 0);
}
