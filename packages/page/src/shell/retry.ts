import { Code, ConnectError } from "@connectrpc/connect";
import { delayAfter } from "./backoff.ts";

/** Waits as long as it takes, or until there is nothing to wait for. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

/** What keeps something going. */
export interface RetryOptions {
  readonly signal: AbortSignal;
  /** Told that it is at work again, and that it failed, with what it failed by. */
  readonly onState?: (failure: ConnectError | undefined) => void;
  /** Default: a timer. */
  readonly wait?: Wait;
  /** Default: `Math.random`. */
  readonly random?: () => number;
}

/** Codes with which trying again does not help: what is asked for is wrong, not there, or not for this page. */
const final = new Set([
  Code.InvalidArgument,
  Code.NotFound,
  Code.Unimplemented,
  Code.PermissionDenied,
  Code.Unauthenticated,
  Code.FailedPrecondition,
]);

/**
 * Runs a piece of work again and again until its signal aborts, such as a stream that a restarted server ends: at once after one
 * that was at work, and after a failure with a wait that grows. One failure that trying again does not help ends it.
 *
 * @param work calls `alive` when it is at work, as at each message of a stream.
 */
export async function retry(
  work: (alive: () => void) => Promise<void>,
  { signal, onState, wait = timer, random = Math.random }: RetryOptions,
): Promise<void> {
  let failures = 0;
  const alive = () => {
    failures = 0;
    onState?.(undefined);
  };
  while (!signal.aborted) {
    try {
      await work(alive);
    } catch (error) {
      if (signal.aborted) return;
      const failure = ConnectError.from(error);
      onState?.(failure);
      if (final.has(failure.code)) return;
    }
    failures++;
    await wait(delayAfter(failures, random()), signal);
  }
}

/** A timer that an aborted signal ends. */
export const timer: Wait = (ms, signal) =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timeout);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timeout = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
