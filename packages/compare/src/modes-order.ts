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
 * @param random gives whole numbers from 0 to below its argument.
 */
export function interleave(
  names: readonly ModeName[],
  rounds: number,
  warmUp: number,
  random: (limit: number) => number,
): Turn[] {
  return Array.from({ length: warmUp + rounds }, (_, i) => i - warmUp).flatMap((round) =>
    shuffle(names, random).map((mode) => ({ mode, round })),
  );
}

/** A random permutation (Fisher-Yates). */
function shuffle<T>(items: readonly T[], random: (limit: number) => number): T[] {
  const rest = [...items];
  const shuffled: T[] = [];
  while (rest.length > 0) {
    shuffled.push(...rest.splice(random(rest.length), 1));
  }
  return shuffled;
}
