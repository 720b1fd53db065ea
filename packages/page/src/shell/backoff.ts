/** How long to wait before what failed is tried again: at first hardly, so that a restart is not noticed, at last rarely. In milliseconds. */
export const backoff = { firstMs: 250, lastMs: 10_000 } as const;

/**
 * How long to wait before the next try.
 *
 * @param failures how many tries have failed one after another, at least 1.
 * @param random from 0 to 1: pages that lost the same server come back at different times.
 */
export function delayAfter(failures: number, random: number): number {
  const longest = Math.min(backoff.firstMs * 2 ** (failures - 1), backoff.lastMs);
  return longest * (0.5 + random / 2);
}
