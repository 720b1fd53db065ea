import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { SenderBalance } from "@envoy-mesh-lab/mesh";
import type { Fault } from "./fault.ts";
import { judge } from "./judge.ts";
import { lostWith, nothingLost } from "./promises.ts";
import { renderVerdict } from "./render.ts";
import type { FollowedCall, Round } from "./round.ts";

// Two senders, three calls: one long before the fault, one that it broke, one long after it.
const spansPerCall = { edge: 2, backend: 1 };
const whole = { edge: 2, backend: 1 };

function call(startedAt: number, changes: Partial<FollowedCall> = {}): FollowedCall {
  return {
    rpc: "cafe.v1.CafeService/OrderDrink",
    protocol: "grpc",
    traceId: String(startedAt),
    startedAt,
    endedAt: startedAt + 50,
    asked: "ok",
    code: "ok",
    found: whole,
    brewed: 1,
    finished: 1,
    ...changes,
  };
}
const early = call(1_000);
const struck = call(9_980, {
  code: "unavailable",
  message: "broken",
  found: { edge: 2 },
  brewed: 0,
  finished: 0,
});
const late = call(20_000);

function sender(name: string, ended: number, changes: Partial<SenderBalance> = {}): SenderBalance {
  const none = { dropped: 0, failed: 0, tooLarge: 0, queued: 0, exportsFailed: 0 };
  return { sender: name, isSame: true, ended, exported: ended, ...none, ...changes };
}

const round: Round = {
  injectedAt: 10_000,
  liftedAt: 10_001,
  recoveredAt: 12_000,
  calls: [early, struck, late],
  spansPerCall,
  balance: {
    senders: [sender("edge", 6), sender("backend", 2)],
    collector: { accepted: 9, refused: 0, sent: 9, sendFailed: 0, queued: 0 },
    tempo: { received: 9, dropped: 0 },
  },
  memory: { edge: { before: 20e6, after: 21e6, peak: 21e6, isSame: true } },
  restarts: { edge: 0, backend: 0 },
  unwell: [],
};
const fault: Fault = {
  name: "edge > backend: reset",
  at: "edge > backend",
  inject: { toxic: { kind: "reset", everyMs: 100 }, forMs: 1_000 },
  mayFailWith: ["unavailable"],
  spans: nothingLost,
  restarts: { min: 0, max: 0 },
  isInStage: true,
};
const problems = (changes: Partial<Round>, of: Partial<Fault> = {}) =>
  judge({ ...fault, ...of }, { ...round, ...changes }).problems;

test("kept promises are reported in one line", () => {
  const verdict = judge(fault, round);
  assert.deepEqual(verdict.problems, []);
  assert.equal(
    renderVerdict(fault.name, verdict),
    "✔ edge > backend: reset | 3 calls, failed: 1 unavailable | spans: 8 ended, 8 found, 0 lost, 1 sent again | " +
      "well after 2.0 s | 19 > 20 MiB",
  );
});

suite("a promise is broken by", () => {
  const broken: Record<string, [Partial<Round>, RegExp]> = {
    "a wrong answer": [{ calls: [{ ...early, wrong: "answered tea" }, struck, late] }, /answered tea/],
    "another code": [{ calls: [early, { ...struck, code: "internal" }, late] }, /ended with internal/],
    "a call that hung": [{ calls: [early, { ...struck, code: "hung" }, late] }, /ended with hung/],
    "a code without a reason": [{ calls: [early, { ...struck, message: "" }, late] }, /does not say why/],
    "a failure before the fault": [
      { calls: [{ ...struck, startedAt: 1_000, endedAt: 1_050 }, early, late] },
      /while all was well/,
    ],
    "a failure after it": [
      { calls: [{ ...struck, startedAt: 20_000, endedAt: 20_050 }, early, late] },
      /while all was well/,
    ],
    "a drink that was brewed twice": [
      { calls: [early, { ...struck, brewed: 2 }, late] },
      /was brewed 2 times/,
    ],
    "a lost span of an answered call": [
      { calls: [{ ...early, found: { edge: 1, backend: 1 } }, struck, late] },
      /1 spans of edge are lost/,
    ],
    "a lost span of a call that failed": [
      { calls: [early, { ...struck, found: { edge: 1 } }, late] },
      /1 spans of edge are lost/,
    ],
    "more spans than ended": [
      { calls: [early, { ...struck, found: { edge: 3 } }, late] },
      /1 more spans of edge than ended/,
    ],
    "books that do not add up": [
      { balance: { ...round.balance, tempo: { received: 3, dropped: 0 } } },
      /Tempo received 3/,
    ],
    "a part that is not well": [{ unwell: ["edge is unhealthy"] }, /edge is unhealthy/],
    "a part that was started again": [{ restarts: { backend: 1 } }, /backend was started again 1 times/],
    "memory beyond the limit of a new process": [
      { memory: { edge: { before: 20e6, after: 300e6, peak: 300e6, isSame: false, limit: 256e6 } } },
      /edge has 286 MiB/,
    ],
    "memory beyond a container's, if only for a moment": [
      { memory: { edge: { before: 20e6, after: 20e6, peak: 300e6, isSame: true, limit: 256e6 } } },
      /edge had 286 MiB/,
    ],
    "memory that is not given back": [
      { memory: { edge: { before: 20e6, after: 200e6, peak: 200e6, isSame: true } } },
      /edge has 191 MiB/,
    ],
  };
  for (const [name, [changes, words]] of Object.entries(broken)) {
    test(name, () => {
      const found = problems(changes);
      assert.ok(
        found.some((it) => words.test(it)),
        found.join("\n"),
      );
    });
  }

  test("memory that is kept is none where that is said, up to the container's limit", () => {
    const kept = { before: 20e6, after: 200e6, peak: 200e6, isSame: true, limit: 256e6 };
    assert.deepEqual(problems({ memory: { edge: kept } }, { keepsMemory: true }), []);
    const tooMuch = { ...kept, peak: 300e6 };
    assert.match(problems({ memory: { edge: tooMuch } }, { keepsMemory: true }).join(), /edge had 286 MiB/);
  });

  test("calls that do not go well again", () => {
    const { recoveredAt: _never, ...others } = round;
    assert.match(judge(fault, others).problems.join(), /did not go well again/);
  });
});

suite("what may be lost", () => {
  const killed = { at: "edge", spans: lostWith("edge"), restarts: { min: 1, max: 1 } };
  const reborn = {
    ...round,
    restarts: { edge: 1 },
    balance: { senders: [sender("edge", 2, { isSame: false }), sender("backend", 2)] },
  };

  test("is lost by whom it may, of calls near the fault", () => {
    const near = call(9_900, { found: { backend: 1 } });
    const balance = { senders: [sender("edge", 2, { isSame: false }), sender("backend", 3)] };
    const verdict = judge({ ...fault, ...killed }, { ...reborn, balance, calls: [...round.calls, near] });
    assert.deepEqual([verdict.lost, verdict.mayLose, verdict.problems], [2, 4, []]);
  });

  test("is not lost by others", () => {
    assert.match(
      problems({ ...reborn, calls: [early, call(9_900, { found: { edge: 2 } }), late] }, killed).join(),
      /lack spans of backend/,
    );
  });

  test("is not lost long before, nor once all was well", () => {
    for (const it of [early, late]) {
      const calls = round.calls.map((other) => (other === it ? { ...it, found: { backend: 1 } } : other));
      assert.match(problems({ ...reborn, calls }, killed).join(), /lack spans of edge/);
    }
  });

  test("is lost of calls that began long enough before the end, and of no other", () => {
    const waiting = { spans: { says: "", of: ["edge"], untilMs: 500 } };
    const long = { ...round, liftedAt: 11_000 };
    const lacking = (startedAt: number) => {
      const calls = [...round.calls, call(startedAt, { found: { backend: 1 } })];
      const balance = { senders: [sender("edge", 8), sender("backend", 3)] };
      return problems({ ...long, calls, balance }, waiting);
    };
    assert.deepEqual(lacking(10_400), []);
    assert.match(lacking(10_600).join(), /lack spans of edge/);
  });

  test("a part that should have died and did not is reported", () => {
    assert.match(problems({}, killed).join(), /edge was started again 0 times, not 1/);
  });
});
