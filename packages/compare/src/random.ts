/**
 * Random numbers that are the same in every run: the generator of Park and Miller ("Random Number Generators: Good Ones
 * Are Hard to Find", 1988) with their later multiplier 48271, as C++ has it under the name `minstd_rand`. Good enough
 * to draw samples, and of no use for secrets.
 *
 * @param seed a whole number from 1 to 2^31 - 2.
 * @returns a function that gives whole numbers from 0 to below `limit`.
 */
export function seededRandom(seed: number): (limit: number) => number {
  const modulus = 2_147_483_647;
  let state = seed;
  return (limit) => {
    // The remainder of a division, which is exact below 2^53 and some ten times as quick as `%` of such large numbers.
    const product = state * 48_271;
    state = product - Math.floor(product / modulus) * modulus;
    return Math.floor((state / modulus) * limit);
  };
}
