import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { alertsOf, isOver, slowAfter, windowAt } from "./alerts.ts";
import { draw } from "./draw.ts";
import type { TraceFacts } from "./facts.ts";
import { outcomeOf, timelineOf } from "./outcome.ts";
import type { CallRecord, LedgerRecord, TraceRecord } from "./record.ts";
import { most, scoreOf } from "./score.ts";
import type { IncidentState } from "./state.ts";

const call = (at: number, more: Partial<CallRecord> = {}): CallRecord => ({
  is: "call",
  at,
  rpc: "OrderDrink",
  protocol: "connect",
  drink: "tea",
  code: "ok",
  ms: 50,
  ...more,
});
const whole: TraceFacts = {
  counts: { "backend SERVER": 1 },
  ms: {},
  findings: [],
  shiftMs: {},
  leaks: [],
  flags: {},
};
const trace = (at: number, facts: Partial<TraceFacts> | undefined = {}, code = "ok"): TraceRecord => ({
  is: "trace",
  at,
  callAt: at - 4_000,
  code,
  traceId: "a".repeat(32),
  ...(facts ? { facts: { ...whole, ...facts } } : {}),
});
const missing = (at: number): TraceRecord => ({
  is: "trace",
  at,
  callAt: at - 4_000,
  code: "ok",
  traceId: "b".repeat(32),
});
const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const names = (calls: CallRecord[], traces: TraceRecord[]) =>
  alertsOf({ calls, traces }, 300).map(({ name }) => name);

suite("the pager", () => {
  const good = times(80, (i) => call(i));
  const clean = times(20, (i) => trace(i));

  test("is quiet while all is well, and for a few calls that are not", () => {
    assert.deepEqual(names(good, clean), []);
    assert.deepEqual(
      names([...good, call(1, { code: "unavailable" }), call(1, { ms: 900 })], [...clean, missing(1)]),
      [],
    );
    assert.deepEqual(names([], []), []);
  });

  test("tells each symptom by its name, with the objective, and of no cause", () => {
    const bad = times(9, () => call(1, { code: "unavailable" }));
    const [alert] = alertsOf({ calls: [...good, ...bad], traces: clean }, 300);
    assert.equal(alert?.text, "10 % of calls to the café fail: unavailable (objective: at most 2 %)");
    const slow = (share: number) => times(Math.round(share * 100), () => call(1, { ms: 900 }));
    assert.deepEqual(names([...good.slice(0, 40), ...slow(0.6)], clean), ["slow"]);
    assert.deepEqual(
      names([...good.slice(0, 60), ...slow(0.4)], clean),
      [],
      "what a busy machine does to some",
    );
    assert.deepEqual(names(good, [...clean, ...times(5, missing)]), ["missing"]);
    assert.deepEqual(
      names(good, [...clean, ...times(5, (i) => trace(i, { findings: ["hop.missing at x"] }))]),
      ["broken"],
    );
    assert.deepEqual(
      names(good, [
        ...clean,
        ...times(5, (i) => trace(i, { counts: { "backend SERVER": 3 }, findings: ["x"] })),
      ]),
      ["repeated"],
    );
    assert.deepEqual(
      names(good, [...clean, ...times(5, (i) => trace(i, { shiftMs: { gateway: 420_000 } }))]),
      ["wrong-times"],
    );
    assert.deepEqual(names(good, [...clean, ...times(3, (i) => trace(i, { leaks: ["edge"] }))]), ["leak"]);
  });

  test("does not take the shorter trace of a call that failed for a broken one", () => {
    assert.deepEqual(
      names(good, [...clean, ...times(9, (i) => trace(i, { findings: ["hop.missing at x"] }, "internal"))]),
      [],
    );
  });

  test("calls slow what is slow beside how it was", () => {
    assert.equal(slowAfter(times(11, (i) => call(i, { ms: 10 * i }))), 190);
    assert.equal(slowAfter([]), 100);
  });

  test("looks at the last seconds, and at nothing from before", () => {
    const records: LedgerRecord[] = [call(1_000), call(19_000), trace(1_000), trace(19_000)];
    const { calls, traces } = windowAt(records, 20_000);
    assert.deepEqual([calls.length, traces.length], [1, 1]);
    assert.deepEqual(windowAt(records, 20_000, 19_500).traces, [], "its call was before");
  });

  test("it is over when enough is well, and silence is no proof", () => {
    assert.equal(isOver({ calls: good, traces: clean }, 300), true);
    assert.equal(isOver({ calls: good, traces: clean.slice(0, 5) }, 300), false);
    assert.equal(isOver({ calls: [], traces: [] }, 300), false);
  });
});

const seed = 1;
const [fault] = draw(seed, 1).faults;
const minute = 60_000;
const right = (at: number) =>
  ({ at, place: fault?.place ?? "", cause: fault?.cause ?? "", verdict: "right" }) as const;
const wrong = (at: number) => ({ at, place: "tempo", cause: "disk-full", verdict: "wrong" }) as const;
const scoreAfter = (diagnoses: IncidentState["diagnoses"], failed = 0, isOver = true, faults = 1) =>
  scoreOf({ state: { faults, faultAt: 0, diagnoses }, failed, isOver });

suite("the score", () => {
  test("is full for who is quick and right, and proves it", () => {
    assert.deepEqual(scoreAfter([right(minute)]), { ...most, total: 100 });
  });

  test("counts time, wrong guesses, harm and proof", () => {
    assert.equal(scoreAfter([right(9 * minute)]).diagnosis, 45);
    assert.equal(scoreAfter([right(60 * minute)]).diagnosis, 30);
    assert.equal(scoreAfter([wrong(1), wrong(2), right(minute)]).diagnosis, 52);
    assert.equal(scoreAfter([right(minute)], 100).harm, 16);
    assert.equal(scoreAfter([right(minute)], 100_000).harm, 0);
    assert.equal(scoreAfter([right(minute)], 0, false).proof, 0);
    assert.equal(scoreAfter([right(minute)], 0, true, 3).diagnosis, 20);
  });

  test("has nothing for who did nothing, or guessed everything", () => {
    assert.equal(scoreAfter([], 0, false).total, 0);
    assert.equal(scoreAfter([...times(30, wrong), right(minute)]).diagnosis, 0);
  });
});

suite("a debrief", () => {
  const state = {
    seed,
    faults: 1,
    faultAt: 100_000,
    endedAt: 160_000,
    diagnoses: [right(130_000)],
  } as unknown as IncidentState;
  const shown = fault as NonNullable<typeof fault>;

  test("counts calls since it began, and none after its end", () => {
    const records = [
      call(90_000, { code: "internal" }),
      call(110_000, { code: "internal" }),
      call(120_000),
      call(170_000),
    ];
    const { calls, failed, durationMs, isOver: over } = outcomeOf(state, records, 999_000);
    assert.deepEqual([calls, failed, durationMs, over], [2, 1, 60_000, false]);
  });

  test("puts what could be seen beside what happened, by time", () => {
    const samples: LedgerRecord[] = [
      missing(104_000),
      call(104_000, { code: "deadline_exceeded", drink: "chai" }),
      call(104_000, { code: "internal", drink: "chai" }),
      call(104_000, { code: "unavailable" }),
      call(104_000, { code: "unimplemented" }),
      call(104_000, { code: "resource_exhausted" }),
    ];
    const moments = timelineOf(state, [
      { is: "event", at: 130_000, what: "diagnosis", text: "you said" },
      { is: "event", at: 100_000, what: "fault", text: "it began" },
      ...samples,
    ]);
    assert.deepEqual(
      moments.map(({ is }) => is).filter((it) => it !== "seen"),
      ["fault", "diagnosis"],
    );
    const seen = samples.some((it) => it.is !== "event" && shown.shownBy(it));
    assert.equal(
      moments.some(({ is, command }) => is === "seen" && command === shown.look[0]?.command),
      seen,
    );
  });

  test("says nothing of one that never began", () => {
    assert.deepEqual(timelineOf({ ...state, faultAt: undefined } as unknown as IncidentState, []), []);
  });
});
