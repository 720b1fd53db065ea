import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";

/** What a schedule needs to know of time; tests bring one of their own. */
export interface MonotonicClock {
  /** Milliseconds since some moment in the past; never goes backwards. */
  now(): number;
  /** Comes back at that time, or at once when it has passed or the signal is aborted; never before. */
  sleepUntil(time: number, signal: AbortSignal): Promise<void>;
}

/** Node's timers count whole milliseconds, and may be one early. */
const granularityMs = 1;

/** This process's monotonic clock. */
export const monotonicClock: MonotonicClock = {
  now: () => performance.now(),
  async sleepUntil(time, signal) {
    while (!signal.aborted) {
      const left = time - performance.now();
      if (left <= 0) {
        return;
      }
      if (left > granularityMs) {
        await delay(Math.floor(left), undefined, { signal }).catch(ignoreAbort);
      } else {
        // What is left is too short for a timer; answers that come in meanwhile are still read in each turn.
        await turn();
      }
    }
  },
};

function ignoreAbort(error: Error): void {
  if (error.name !== "AbortError") {
    throw error;
  }
}
