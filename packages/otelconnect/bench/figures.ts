import { createRandom } from "../testing/random.ts";
import type { Ends } from "./measure.ts";
import type { VariantName } from "./variants.ts";

/** User time in microseconds per unit of all variants: for each round its turns, in the same order for each. */
export type Rounds = Readonly<Record<VariantName, readonly (readonly Ends[])[]>>;

/** A figure, and where it lies with a certainty of 95 in 100 as far as the noise of this run tells. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** What is to be reached, as the highest value, and why it is compared so. All are of client and server together. */
export const targets = {
  /** What our traces add to a call over HTTP/2 / what the floor's work adds when calls do it. */
  overFloorInCalls: 1.1,
  /** otelconnect in a loop / the floor in its loop. */
  overFloorInLoop: 1.3,
  /** A call over HTTP/2 with our traces and metrics / a bare one. */
  withMetrics: 1.2,
  /** A call over HTTP/2 with our interceptors and no SDK / a bare one. */
  withoutSdk: 1.01,
  /** What our traces add to a message each way on a stream / what the bare messages cost. */
  perMessageShare: 1 / 20,
} as const;

export type Target = keyof typeof targets;

/** The ratios of a run, and two without a target: they compare with instrumentations that do other things. */
export type Ratios = Readonly<
  Record<Target | "overGrpcInstrumentation" | "overHttpInstrumentation", Estimate>
>;

/** What an estimate says of its target: kept or not, or neither, as the target is within its interval. */
export function verdict({ low, high }: Estimate, target: number): "yes" | "no" | "cannot tell" {
  if (high <= target) return "yes";
  return low > target ? "no" : "cannot tell";
}

/** How often turns are drawn anew for an interval. */
const draws = 1_000;

/**
 * The ratios of a run: of medians over all turns. What is added is the difference within a turn, so that a slow second
 * counts for both. The interval is that of a bootstrap, which draws rounds and then turns within them, as processes differ
 * from round to round more than turns of one process do.
 */
export function ratiosOf(rounds: Rounds): Ratios {
  const total = (name: VariantName): number[][] =>
    rounds[name].map((turns) => turns.map(({ client, server }) => client + server));
  const added = (name: VariantName, bare: VariantName): number[][] => {
    const without = total(bare);
    return total(name).map((turns, round) =>
      turns.map((value, turn) => value - (without[round]?.[turn] ?? Number.NaN)),
    );
  };
  const h2Added = added("h2Traces", "h2");
  return {
    overFloorInCalls: estimateRatio(h2Added, added("h2Floor", "h2")),
    overFloorInLoop: estimateRatio(total("loop"), total("floor")),
    withMetrics: estimateRatio(total("h2Metrics"), total("h2")),
    withoutSdk: estimateRatio(total("h2NoSdk"), total("h2")),
    perMessageShare: estimateRatio(added("streamTraces", "stream"), total("stream")),
    overGrpcInstrumentation: estimateRatio(h2Added, added("grpcTraces", "grpc")),
    overHttpInstrumentation: estimateRatio(added("h1Traces", "h1"), added("h1Http", "h1")),
  };
}

function estimateRatio(above: readonly number[][], below: readonly number[][]): Estimate {
  const random = createRandom(above.length);
  const drawn = Array.from({ length: draws }, () => {
    const places = drawPlaces(above, random);
    return ratioAt(above, below, places);
  }).toSorted((a, b) => a - b);
  const at = (share: number) => drawn[Math.round(share * (draws - 1))] ?? Number.NaN;
  return { value: medianOf(above.flat()) / medianOf(below.flat()), low: at(0.025), high: at(0.975) };
}

/** A turn, as its round and its number in it. */
type Place = readonly [round: number, turn: number];

function drawPlaces(values: readonly number[][], random: () => number): Place[] {
  return values.flatMap(() => {
    const round = Math.floor(random() * values.length);
    const turns = values[round]?.length ?? 0;
    return Array.from({ length: turns }, () => [round, Math.floor(random() * turns)] as const);
  });
}

function ratioAt(above: readonly number[][], below: readonly number[][], places: readonly Place[]): number {
  const of = (values: readonly number[][]) =>
    medianOf(places.map(([round, turn]) => values[round]?.[turn] ?? Number.NaN));
  return of(above) / of(below);
}

/** @throws when there is nothing to be in the middle of */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.ceil((sorted.length - 1) / 2)];
  if (low === undefined || high === undefined) {
    throw new Error("no turn was measured");
  }
  return (low + high) / 2;
}
