import { seededRandom } from "@envoy-mesh-lab/compare";

/**
 * Picks at random without end: every one once before any comes again, so that a short run tries as many as it can. The
 * same seed gives the same order.
 *
 * @param seed a whole number from 1 to 2^31 - 2.
 */
export function* randomPicks<T>(all: readonly T[], seed: number): Generator<T, never> {
  const random = seededRandom(seed);
  // The first numbers of this generator follow small seeds closely.
  random(1);
  for (;;) {
    const left = [...all];
    while (left.length > 0) {
      yield* left.splice(random(left.length), 1);
    }
  }
}
