import type { Ends } from "./measure.ts";
import type { VariantName } from "./variants.ts";

/** CPU microseconds per unit of all variants; one entry a round, in the same order for each. */
export type Rounds = Readonly<Record<VariantName, readonly Ends[]>>;

/** The middle of several rounds, and how far they are apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** What is to be reached, as the highest value, and why it is compared so. All are of client and server together. */
export const targets = {
  /** What our traces add to a call over HTTP/2 / a pass of the floor's loop. */
  overFloor: 1.2,
  /** What our traces add to a call over HTTP/2 / what instrumentation-grpc adds to a call of grpc-js. */
  overGrpcInstrumentation: 0.7,
  /** What our traces add to a call over HTTP/1.1 / what instrumentation-http adds to it. */
  overHttpInstrumentation: 0.25,
  /** A call over HTTP/2 with our traces and metrics / a bare one. */
  withMetrics: 1.25,
  /** What our interceptors add to a call over HTTP/2 without an SDK / a bare call. */
  noSdkShare: 0.03,
  /** What our traces add to a message each way on a stream / what the bare messages cost. */
  perMessageShare: 1 / 20,
} as const;

export type Target = keyof typeof targets;

/**
 * The ratios of a run, and two that have no target: the floor and we on equal terms, both in calls and both in a loop.
 * They show how much of `overFloor` comes of comparing what is done in calls with what is done in a loop.
 */
export type Ratios = Readonly<Record<Target | "overFloorInCalls" | "overFloorInLoop", Spread>>;

/**
 * The ratios of a run. The value is the ratio of the medians, over all rounds, of what is compared; the spread is that
 * of the rounds' own ratios. What is added is the difference within a round, so that a slow minute counts for both.
 */
export function ratiosOf(rounds: Rounds): Ratios {
  const total = (name: VariantName): number[] => rounds[name].map(({ client, server }) => client + server);
  const added = (name: VariantName, bare: VariantName): number[] =>
    total(name).map((value, round) => value - (total(bare)[round] ?? Number.NaN));
  const h2Added = added("h2Traces", "h2");
  return {
    overFloor: ratio(h2Added, total("floor")),
    overFloorInCalls: ratio(h2Added, added("h2Floor", "h2")),
    overFloorInLoop: ratio(total("loop"), total("floor")),
    overGrpcInstrumentation: ratio(h2Added, added("grpcTraces", "grpc")),
    overHttpInstrumentation: ratio(added("h1Traces", "h1"), added("h1Http", "h1")),
    withMetrics: ratio(total("h2Metrics"), total("h2")),
    noSdkShare: ratio(added("h2NoSdk", "h2"), total("h2")),
    perMessageShare: ratio(added("streamTraces", "stream"), total("stream")),
  };
}

function ratio(above: readonly number[], below: readonly number[]): Spread {
  const each = above.map((value, round) => value / (below[round] ?? Number.NaN));
  return { ...spreadOf(each), median: spreadOf(above).median / spreadOf(below).median };
}

/** @throws when there is nothing to be in the middle of */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.ceil((sorted.length - 1) / 2)];
  if (min === undefined || max === undefined || low === undefined || high === undefined) {
    throw new Error("no round was measured");
  }
  return { median: (low + high) / 2, min, max };
}

/** The median of each end by itself. */
export function medianOf(slices: readonly Ends[]): Ends {
  return {
    client: spreadOf(slices.map(({ client }) => client)).median,
    server: spreadOf(slices.map(({ server }) => server)).median,
  };
}
