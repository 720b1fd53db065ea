import { setTimeout as delay } from "node:timers/promises";

/** How long a test waits for what must come, in milliseconds; far more than it takes. */
export const patience = 30_000;

/**
 * Asks again and again until the answer is accepted; the last answer, when the time is up.
 *
 * @param timeoutMs default: `patience`.
 * @param everyMs how long to wait before it is asked again. Default: 100.
 */
export async function until<T>(
  ask: () => T | Promise<T>,
  accept: (it: T) => boolean,
  timeoutMs = patience,
  everyMs = 100,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const it = await ask();
    if (accept(it) || Date.now() > deadline) {
      return it;
    }
    await delay(everyMs);
  }
}
