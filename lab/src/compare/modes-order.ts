import type { ModeName } from "./modes-table.ts";

/** One call of an interleaved run. */
export interface Turn {
  readonly mode: ModeName;
  /** From 0; negative for the warm-up, whose calls no figure knows of. */
  readonly round: number;
}

/**
 * The order of an interleaved run: each round makes one call in each mode, in an order of its own. So whatever else
 * this machine does meets all modes alike, and no mode always comes after the same other.
 *
 * @param random numbers from 0 (inclusive) to 1.
 */
export function interleave(
  names: readonly ModeName[],
  rounds: number,
  warmUp: number,
  random: () => number,
): Turn[] {
  return Array.from({ length: warmUp + rounds }, (_, i) => i - warmUp).flatMap((round) =>
    shuffle(names, random).map((mode) => ({ mode, round })),
  );
}

/** A random permutation (Fisher-Yates). */
function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const rest = [...items];
  const shuffled: T[] = [];
  while (rest.length > 0) {
    shuffled.push(...rest.splice(Math.floor(random() * rest.length), 1));
  }
  return shuffled;
}

/**
 * Random numbers from 0 (inclusive) to 1 that are the same for the same seed: Marsaglia's xorshift with 32 bits
 * (Journal of Statistical Software 8(14), 2003), plenty for an order or a bootstrap.
 *
 * @param seed a whole number.
 */
export function randomFrom(seed: number): () => number {
  // Zero would stay zero, and small seeds begin with small numbers until the bits have spread.
  let state = (seed ^ 0x9e3779b9) | 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 16; i++) {
    next();
  }
  return next;
}
