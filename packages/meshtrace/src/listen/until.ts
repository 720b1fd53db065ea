import { setTimeout as delay } from "node:timers/promises";

/** When to stop listening, beside a signal. */
export interface Ends {
  /** After so many milliseconds in which nothing came. */
  readonly idle?: number | undefined;
  /** After so many milliseconds in all. */
  readonly timeout?: number | undefined;
  /** As soon as there are so many. */
  readonly spans?: number | undefined;
  readonly traces?: number | undefined;
}

/** What has come so far. */
export interface Arrivals {
  readonly spanCount: number;
  readonly traceCount: number;
  /** When something came last, on the clock of `performance.now()`. */
  readonly lastMs: number;
}

/** How often it is looked, in milliseconds. */
const pollMs = 50;

/** After traces are enough in number, the last of them may not be whole; so long nothing has to come, in milliseconds. */
const settleMs = 500;

/** Waits for the first of the ends, or for the signal. */
export async function untilEnd(arrivals: () => Arrivals, ends: Ends, signal: AbortSignal): Promise<void> {
  const started = performance.now();
  while (!signal.aborted) {
    const { spanCount, traceCount, lastMs } = arrivals();
    const now = performance.now();
    const quietMs = now - lastMs;
    if (ends.idle !== undefined && quietMs >= ends.idle) return;
    if (ends.timeout !== undefined && now - started >= ends.timeout) return;
    if (ends.spans !== undefined && spanCount >= ends.spans) return;
    if (ends.traces !== undefined && traceCount >= ends.traces && quietMs >= settleMs) return;
    await delay(pollMs, undefined, { signal }).catch(() => {});
  }
}
