/** How many questions Tempo is asked at a time: a busy one refuses what does not fit its queue, with 429. */
const atATime = 8;

/** Asks something of each item, a few at a time; the answers are in the order of the items. */
export async function inTurns<T, R>(items: readonly T[], ask: (it: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let i = 0; i < items.length; i += atATime) {
    results.push(...(await Promise.all(items.slice(i, i + atATime).map(ask))));
  }
  return results;
}
