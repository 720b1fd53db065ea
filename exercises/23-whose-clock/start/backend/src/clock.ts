// What time it is in the kitchen.
import { counter } from "./board.ts";

/** What the counter counts in a millisecond: 24 MHz, by the data sheet of the controller. */
const countsPerMs = 24_000;

const startedAt = Date.now();
const countAtStart = counter();

/**
 * The time, in milliseconds since 1970.
 *
 * A clock that somebody sets may jump, and then a drink is ready before it was ordered. The board's counter never jumps: so the time is
 * read once, at the start, and from then on we count.
 */
export function now(): number {
  return startedAt + (counter() - countAtStart) / countsPerMs;
}
