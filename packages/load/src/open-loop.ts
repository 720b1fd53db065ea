import type { MonotonicClock } from "./clock.ts";

/** A call that was made, with the times at which it was due, began and ended, in milliseconds on the load's clock. */
export interface Arrival<T> {
  /** Its place in the schedule, from 0. */
  readonly index: number;
  /** When the schedule says that it starts. Latency counts from here. */
  readonly dueAt: number;
  /** When it could start: when it was due, or later, when a call before it made room. */
  readonly freeAt: number;
  /** When it did start. Service time counts from here. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly result: T;
}

/** What an open loop does. */
export interface OpenLoopOptions<T> {
  /** Calls per second. */
  readonly rate: number;
  /** How many calls; Infinity to go on until `signal` is aborted. */
  readonly count: number;
  /** How many calls may be under way at a time. Those that are due meanwhile wait, and their latency counts. */
  readonly maxInFlight: number;
  /** How long to go on after the last call was due, for calls that wait or are under way, in milliseconds. */
  readonly drainMs: number;
  /** The same after `signal` was aborted, in milliseconds. Default: `drainMs`. */
  readonly graceMs?: number;
  /** Starts no more calls when aborted. */
  readonly signal?: AbortSignal;
  readonly clock: MonotonicClock;
  /** Makes one call. A rejection ends the load: what a call may fail with is a result. */
  readonly send: (index: number) => Promise<T>;
  /** Told of each call as it ends. */
  readonly onEnd: (arrival: Arrival<T>) => void;
}

/** How a load went. */
export interface OpenLoopEnd {
  /** When the first call was due. */
  readonly begunAt: number;
  readonly endedAt: number;
  /** Calls that were started. */
  readonly started: number;
  /** Calls that were due and never started, as `maxInFlight` others were under way until the time was up. */
  readonly unsent: number;
  /** Calls that were under way when the time was up. */
  readonly unanswered: number;
}

/**
 * Makes calls by the clock, whatever becomes of those before them, as users do: an open loop. The n-th call is due
 * n / rate seconds after the first, and no delay moves the ones after it. A call that starts late keeps the time at
 * which it was due, so that a server that stalls cannot make the load leave out the calls that would have seen it:
 * that is "coordinated omission" (Gil Tene, "How NOT to Measure Latency"; wrk2's README).
 */
export async function runOpenLoop<T>(options: OpenLoopOptions<T>): Promise<OpenLoopEnd> {
  const { rate, count, maxInFlight, drainMs, clock, send, onEnd } = options;
  const stopped = options.signal ?? new AbortController().signal;
  // Ends the waiting for calls, after the schedule's end or the abort.
  const timeUp = new AbortController();
  const over = new AbortController();
  const failure: { error?: unknown } = {};
  const begunAt = clock.now();
  let inFlight = 0;
  let started = 0;
  let madeRoomAt = begunAt;
  let stoppedAt: number | undefined;
  let isHeldBack = false;
  let changed = Promise.withResolvers<void>();
  const notify = () => {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  };

  const dueAt = (index: number) => begunAt + (index * 1000) / rate;
  const endsAt = dueAt(count - 1) + drainMs;
  const limit = async (time: number) => {
    await clock.sleepUntil(time, over.signal);
    timeUp.abort();
    notify();
  };
  const onStop = () => {
    stoppedAt = clock.now();
    void limit(clock.now() + (options.graceMs ?? drainMs));
    notify();
  };
  const mayStart = () => !stopped.aborted && !timeUp.signal.aborted && !("error" in failure);
  if (Number.isFinite(endsAt)) {
    void limit(endsAt);
  }
  stopped.addEventListener("abort", onStop, { once: true });

  async function one(index: number, freeAt: number): Promise<void> {
    const startedAt = clock.now();
    const result = await send(index);
    const endedAt = clock.now();
    if (!timeUp.signal.aborted) {
      madeRoomAt = endedAt;
      inFlight--;
      onEnd({ index, dueAt: dueAt(index), freeAt, startedAt, endedAt, result });
      notify();
    }
  }

  for (let index = 0; index < count; index++) {
    await clock.sleepUntil(dueAt(index), stopped);
    let freeAt = dueAt(index);
    isHeldBack = inFlight >= maxInFlight;
    while (inFlight >= maxInFlight && mayStart()) {
      await changed.promise;
      freeAt = Math.max(freeAt, madeRoomAt);
    }
    if (!mayStart()) {
      break;
    }
    inFlight++;
    started++;
    void one(index, freeAt).catch((error: unknown) => {
      failure.error = error;
      notify();
    });
  }
  while (inFlight > 0 && !timeUp.signal.aborted && !("error" in failure)) {
    await changed.promise;
  }
  over.abort();
  stopped.removeEventListener("abort", onStop);
  if ("error" in failure) {
    throw failure.error;
  }
  const endedAt = clock.now();
  const due = Math.min(count, Math.floor((((stoppedAt ?? endedAt) - begunAt) * rate) / 1000) + 1);
  const unsent = isHeldBack && started < due ? due - started : 0;
  return { begunAt, endedAt, started, unsent, unanswered: inFlight };
}
