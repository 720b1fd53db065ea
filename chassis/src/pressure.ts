import { getHeapStatistics } from "node:v8";

/** How hard a process is pressed. */
export interface Pressure {
  /** Whether its event loop is so far behind that more calls at a time would only make all of them slower. */
  readonly isLate: boolean;
  /** Whether so much of its memory is taken that the next calls could end it. */
  readonly isFull: boolean;
}

/** How often is looked, in milliseconds. */
const intervalMs = 100;

/** An event loop that is this late, in milliseconds, has more to do than it can. */
const lateMs = 250;

/**
 * Share of the heap's limit that heap and buffers may take together. Buffers do not count towards the limit, but they do
 * towards the memory of the process; the rest is for the calls that are under way and for the garbage of the next 100 ms.
 */
const fullShare = 0.85;

/** Starts to watch this process. The watch keeps no process alive. */
export function watchPressure(): Pressure {
  const limit = getHeapStatistics().heap_size_limit * fullShare;
  let dueAt = performance.now() + intervalMs;
  let lag = 0;
  let taken = 0;
  setInterval(() => {
    const now = performance.now();
    lag = now - dueAt;
    dueAt = now + intervalMs;
    const { heapUsed, external } = process.memoryUsage();
    taken = heapUsed + external;
  }, intervalMs).unref();
  return {
    get isLate() {
      // While the loop is busy the timer does not come, and the lag grows.
      return Math.max(lag, performance.now() - dueAt) > lateMs;
    },
    get isFull() {
      return taken > limit;
    },
  };
}
