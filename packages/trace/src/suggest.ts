/** How many changes a misspelt word may be away from what was meant: more in longer words. */
const farthest = (word: string) => Math.min(3, Math.ceil(word.length * 0.4));

/**
 * What was meant by a misspelt word, as the beginning of a hint: `did you mean gateway? `; empty when nothing is near. Letters
 * that are missing, added, changed or swapped count one change each, whatever their case.
 */
export function suggest(wanted: string, known: readonly string[]): string {
  const near = known
    .map((word) => ({ word, far: distance(wanted.toLowerCase(), word.toLowerCase()) }))
    .filter(({ word, far }) => far <= farthest(word));
  const least = Math.min(...near.map(({ far }) => far));
  const best = near.filter(({ far }) => far === least).map(({ word }) => word);
  return best.length === 0 ? "" : `did you mean ${best.join(" or ")}? `;
}

/** The changes from one word to the other (optimal string alignment). */
function distance(a: string, b: string): number {
  // What is that much longer is nothing that was meant, and need not be compared.
  if (Math.abs(a.length - b.length) > 3) return Number.POSITIVE_INFINITY;
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        (above[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (above[j - 1] as number) + cost,
        isSwap ? (before[j - 2] as number) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    before = above;
    above = row;
  }
  return above[b.length] as number;
}
