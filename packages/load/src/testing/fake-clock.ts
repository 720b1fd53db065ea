import { setImmediate as turn } from "node:timers/promises";
import type { MonotonicClock } from "../clock.ts";

interface Sleeper {
  readonly time: number;
  readonly wake: () => void;
}

/** A clock whose time passes only when everybody sleeps, and then at once. */
export class FakeClock implements MonotonicClock {
  #now = 0;
  #sleepers: Sleeper[] = [];

  now(): number {
    return this.#now;
  }

  sleepUntil(time: number, signal?: AbortSignal): Promise<void> {
    if (time <= this.#now || signal?.aborted) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const sleeper = { time, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener(
        "abort",
        () => {
          this.#sleepers = this.#sleepers.filter((it) => it !== sleeper);
          resolve();
        },
        { once: true },
      );
    });
  }

  /** Lets time pass by itself until the work is done. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    done.catch(() => undefined);
    while (!isDone) {
      // All promises that are settled by now have told their readers when a turn of the event loop is over.
      await turn();
      if (!isDone) {
        this.#wakeNext();
      }
    }
    return done;
  }

  /** Moves the clock without waking anybody, as a process does that is busy. */
  block(ms: number): void {
    this.#now += ms;
  }

  #wakeNext(): void {
    const time = Math.min(...this.#sleepers.map((it) => it.time));
    if (!Number.isFinite(time)) {
      throw new Error("everybody waits, and nobody for a time");
    }
    this.#now = Math.max(this.#now, time);
    const due = this.#sleepers.filter((it) => it.time <= this.#now);
    this.#sleepers = this.#sleepers.filter((it) => it.time > this.#now);
    for (const { wake } of due) {
      wake();
    }
  }
}
