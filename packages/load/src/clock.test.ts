import assert from "node:assert/strict";
import { test } from "node:test";
import { monotonicClock } from "./clock.ts";

test("a sleeper never wakes before the time, whatever is left of a millisecond", async () => {
  const { signal } = new AbortController();
  for (const ms of [0.1, 0.7, 1, 1.3, 2.9, 7.5, 15.2]) {
    const time = monotonicClock.now() + ms;
    await monotonicClock.sleepUntil(time, signal);
    assert.ok(monotonicClock.now() >= time, `${ms} ms`);
  }
});

test("a sleeper wakes at once when the time has passed, or the signal is aborted before or meanwhile", async () => {
  const started = monotonicClock.now();
  await monotonicClock.sleepUntil(started - 1, new AbortController().signal);
  const far = started + 3_600_000;
  await monotonicClock.sleepUntil(far, AbortSignal.abort());
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 5);
  await monotonicClock.sleepUntil(far, stop.signal);
  assert.ok(monotonicClock.now() < far);
});
