import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectOnce: () => void = runInNewContext("gc");

/** Collects all garbage, also what is freed by callbacks that run after a collection. */
export async function collectGarbage(): Promise<void> {
  for (let round = 0; round < 2; round++) {
    collectOnce();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Rounds that are measured. */
const rounds = 6;
/** Rounds before these, in which code is compiled and caches are filled. */
const warmUps = 3;

/** The heap of this process after garbage collection, in bytes. */
async function ownHeap(): Promise<number> {
  await collectGarbage();
  return process.memoryUsage().heapUsed;
}

/**
 * How many bytes of heap each call leaves behind for good: the slope of the heap after garbage collection.
 *
 * Caches and compiled code grow in steps, a leak grows with every round. So it is the median of the slopes between
 * all pairs of rounds (Theil and Sen), which a few steps do not move.
 *
 * @param call Makes one call. Calls are made one after the other.
 * @param calls How many are made in each of the 9 rounds.
 * @param heapUsed Tells the heap after garbage collection, in bytes. Default: that of this process.
 */
export async function bytesLeftByCall(
  call: () => Promise<void>,
  calls: number,
  heapUsed: () => Promise<number> = ownHeap,
): Promise<number> {
  const sizes: number[] = [];
  for (let round = 0; round < warmUps + rounds; round++) {
    for (let i = 0; i < calls; i++) {
      await call();
    }
    if (round >= warmUps) sizes.push(await heapUsed());
  }
  const slopes = sizes.flatMap((from, i) =>
    sizes.slice(i + 1).map((to, distance) => (to - from) / ((distance + 1) * calls)),
  );
  return slopes.toSorted((a, b) => a - b)[Math.floor(slopes.length / 2)] ?? Number.NaN;
}
