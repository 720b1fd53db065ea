import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { TimeHistogram } from "./histogram.ts";
import type { Arrival, OpenLoopOptions } from "./open-loop.ts";
import { runOpenLoop } from "./open-loop.ts";
import { FakeClock } from "./testing/fake-clock.ts";

/** Runs a load on a fake clock; the server takes the time that `serve` says, given when a call comes in. */
async function load(
  serve: (now: number, clock: FakeClock) => number,
  options: Partial<OpenLoopOptions<number>> = {},
) {
  const clock = new FakeClock();
  const arrivals: Arrival<number>[] = [];
  const end = await clock.run(
    runOpenLoop<number>({
      rate: 100,
      count: 1000,
      maxInFlight: Number.POSITIVE_INFINITY,
      drainMs: 60_000,
      clock,
      send: async (index) => {
        await clock.sleepUntil(clock.now() + serve(clock.now(), clock));
        return index;
      },
      onEnd: (arrival) => arrivals.push(arrival),
      ...options,
    }),
  );
  const latency = new TimeHistogram();
  const serviceTime = new TimeHistogram();
  for (const { dueAt, startedAt, endedAt } of arrivals) {
    latency.record(endedAt - dueAt);
    serviceTime.record(endedAt - startedAt);
  }
  return { clock, arrivals, end, latency, serviceTime };
}

/** A server that answers in a millisecond, but nothing from second 4 to second 5. */
const stalls = (now: number) => (now >= 4000 && now < 5000 ? 5001 - now : 1);

const isClose = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} ± ${tolerance}`);

suite("a stall of one second at 100 calls per second", () => {
  // 100 of 1000 calls are due during it, and wait from 1 s down to 10 ms: so a hundredth of all waits longer than
  // 0.9 s, and a twentieth longer than 0.5 s.
  const shown = (latency: TimeHistogram) => {
    isClose(latency.percentile(99), 900, 15);
    isClose(latency.percentile(95), 500, 15);
    isClose(latency.percentile(90), 1, 15);
  };

  test("shows in every call that was due meanwhile", async () => {
    const { latency, end } = await load(stalls);
    shown(latency);
    assert.equal(end.started, 1000);
  });

  test("shows in the same way when one call at a time may be under way, and the service time hides it", async () => {
    const { latency, serviceTime, arrivals } = await load(stalls, { maxInFlight: 1 });
    // The backlog is worked off at ten times the rate at which calls come in, so it ends a tenth later.
    isClose(latency.percentile(99), 910, 15);
    isClose(latency.percentile(95), 550, 15);
    isClose(serviceTime.percentile(99), 1, 0.1);
    const heldBack = arrivals.filter((it) => it.freeAt > it.dueAt);
    isClose(heldBack.length, 110, 2);
    assert.ok(heldBack.every((it) => it.startedAt === it.freeAt));
  });
});

test("calls are due at the rate, whatever becomes of those before them", async () => {
  const { arrivals } = await load((now) => (now * 7) % 300, { count: 50 });
  const byIndex = arrivals.toSorted((a, b) => a.index - b.index);
  assert.deepEqual(
    byIndex.map((it) => Math.round(it.dueAt)),
    Array.from({ length: 50 }, (_, i) => i * 10),
  );
  assert.ok(byIndex.every((it) => it.startedAt === it.dueAt && it.result === it.index));
});

test("a generator that was busy starts late, catches up, and the lag is its own", async () => {
  const { arrivals, end } = await load(
    (now, clock) => {
      if (now === 100) {
        clock.block(50);
      }
      return 1;
    },
    { count: 30 },
  );
  const late = arrivals.filter((it) => it.startedAt > it.freeAt).toSorted((a, b) => a.index - b.index);
  assert.deepEqual(
    late.map((it) => [it.index, it.startedAt - it.dueAt]),
    [
      [11, 40],
      [12, 30],
      [13, 20],
      [14, 10],
    ],
  );
  assert.deepEqual([end.started, end.unsent], [30, 0]);
});

test("never more than the limit is under way", async () => {
  let underWay = 0;
  let most = 0;
  const clock = new FakeClock();
  await clock.run(
    runOpenLoop({
      rate: 100,
      count: 200,
      maxInFlight: 3,
      drainMs: 60_000,
      clock,
      send: async () => {
        most = Math.max(most, ++underWay);
        await clock.sleepUntil(clock.now() + 70);
        underWay--;
      },
      onEnd: () => undefined,
    }),
  );
  assert.equal(most, 3);
});

suite("a load ends", () => {
  test("after its drain time, and says what was never started and what was not answered", async () => {
    const { end, clock, arrivals } = await load(() => 1e9, { count: 100, maxInFlight: 10, drainMs: 500 });
    assert.deepEqual(end, { begunAt: 0, endedAt: 1490, started: 10, unsent: 90, unanswered: 10 });
    assert.equal(clock.now(), 1490);
    assert.equal(arrivals.length, 0);
  });

  test("when it is stopped, once the calls under way have ended", async () => {
    const stop = new AbortController();
    const { end, arrivals } = await load(
      (now) => {
        if (now >= 200) stop.abort();
        return 15;
      },
      { signal: stop.signal },
    );
    assert.deepEqual([end.started, arrivals.length, end.unsent, end.unanswered], [21, 21, 0, 0]);
  });

  test("when it is stopped, at the latest after its grace time", async () => {
    const stop = new AbortController();
    const { end } = await load(
      (now) => {
        if (now >= 200) stop.abort();
        return 1e9;
      },
      { signal: stop.signal, graceMs: 300 },
    );
    assert.deepEqual([end.started, end.unanswered, end.endedAt], [21, 21, 500]);
  });

  test("with the error of a sender that is broken", async () => {
    const broken = load(
      () => {
        throw new Error("broken");
      },
      { count: 3 },
    );
    await assert.rejects(broken, /broken/);
  });
});

test("any load accounts for every call of its schedule", async () => {
  // A small linear congruential generator: the cases are the same in each run.
  let seed = 1;
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed / 2 ** 31;
  };
  for (let i = 0; i < 60; i++) {
    const count = 1 + Math.floor(random() * 80);
    const maxInFlight = 1 + Math.floor(random() * 20);
    const slow = random() < 0.3 ? 20_000 : 200;
    const { end, arrivals } = await load(() => random() * slow, {
      rate: 1 + random() * 500,
      count,
      maxInFlight,
      drainMs: 5_000,
    });
    assert.equal(end.started + end.unsent, count);
    assert.equal(arrivals.length + end.unanswered, end.started);
    for (const it of arrivals) {
      assert.ok(it.dueAt <= it.freeAt && it.freeAt <= it.startedAt && it.startedAt <= it.endedAt);
    }
  }
});
