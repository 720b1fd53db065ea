import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { LoadCall } from "./caller.ts";
import { notesOn } from "./notes.ts";
import type { Arrival } from "./open-loop.ts";
import { renderLoad } from "./render.ts";
import type { LoadReport } from "./report.ts";
import { LoadRecorder } from "./report.ts";

interface Sample {
  /** Milliseconds of lag that a limit, and the generator, are to blame for. */
  readonly held?: number;
  readonly late?: number;
  readonly took?: number;
  readonly code?: string;
  readonly traceId?: string;
}

/** A load at 100 calls per second, of which each sample is a call. */
function reportOf(
  samples: readonly Sample[],
  end: { unsent?: number; unanswered?: number; utilization?: number } = {},
): LoadReport {
  const { unsent = 0, unanswered = 0, utilization = 0.5 } = end;
  const count = samples.length + unsent + unanswered;
  const recorder = new LoadRecorder({ rate: 100, count });
  const arrivals = samples.map(({ held = 0, late = 0, took = 10, code = "ok", traceId }, index) => {
    const dueAt = index * 10;
    const result: LoadCall = {
      rpc: "cafe.v1.CafeService/OrderDrink",
      protocol: "grpc",
      code,
      responses: [],
      durationMs: took,
      ...(traceId ? { traceId } : {}),
    };
    const startedAt = dueAt + held + late;
    return { index, dueAt, freeAt: dueAt + held, startedAt, endedAt: startedAt + took, result };
  }) satisfies Arrival<LoadCall>[];
  for (const arrival of arrivals) {
    recorder.record(arrival);
  }
  const endedAt = Math.max(0, ...arrivals.map((it) => it.endedAt));
  return recorder.report(
    { begunAt: 0, endedAt, started: count - unsent, unsent, unanswered },
    { interrupted: false, utilization },
  );
}

const calls = (count: number, sample: (i: number) => Sample) =>
  Array.from({ length: count }, (_, i) => sample(i));
const codes = (report: LoadReport) => notesOn(report).map((it) => it.code);

test("calls are counted by their code, and all of them are in the figures", () => {
  const report = reportOf(
    calls(200, (i) => (i % 10 === 0 ? { code: "unavailable" } : i % 25 === 1 ? { code: "hung" } : {})),
  );
  assert.equal(report.ok, 172);
  assert.deepEqual(report.errors, { unavailable: 20, hung: 8 });
  assert.equal(report.latencyMs?.count, 200);
  assert.ok(Math.abs(report.achievedRate - 100) < 1e-9);
  assert.deepEqual(codes(report), ["failed-calls", "few-calls"]);
});

test("latency counts from when a call was due, service time from its start", () => {
  const report = reportOf(calls(1000, () => ({ held: 30, late: 2, took: 10 })));
  const p50 = (it: { p50: number } | undefined) => Math.round(it?.p50 ?? Number.NaN);
  assert.deepEqual(
    [report.latencyMs, report.serviceTimeMs, report.lagMs, report.generatorLagMs].map(p50),
    [42, 10, 32, 2],
  );
  assert.equal(report.heldBack, 1000);
});

test("the slowest calls are named, the slowest first", () => {
  const took = [5, 80, 12, 90, 7, 70, 60, 1, 50, 90];
  const report = reportOf(took.map((it, i) => ({ took: it, traceId: `t${i}` })));
  assert.deepEqual(
    report.slowest.map((it) => it.traceId),
    ["t3", "t9", "t1", "t5", "t6"],
  );
});

suite("what must be known besides the figures", () => {
  test("nothing, of a load that went well", () => {
    assert.deepEqual(codes(reportOf(calls(1000, () => ({ late: 1 })))), []);
  });
  test("that the generator is the bottleneck, when its lag grows", () => {
    assert.deepEqual(codes(reportOf(calls(1000, (i) => ({ late: i / 10 })))), ["generator-lag-grows"]);
  });
  test("that the generator was late now and then", () => {
    assert.deepEqual(codes(reportOf(calls(1000, (i) => ({ late: i % 20 === 0 ? 20 : 0 })))), [
      "generator-late",
    ]);
  });
  test("that calls were held back, which is not the generator's doing", () => {
    assert.deepEqual(codes(reportOf(calls(1000, (i) => ({ held: i / 10 })))), ["held-back"]);
  });
  test("that calls were held back by a generator that had no time to read the answers", () => {
    const report = reportOf(
      calls(1000, () => ({ held: 50 })),
      { utilization: 0.9 },
    );
    assert.deepEqual(codes(report), ["generator-busy", "held-back"]);
  });
  test("that calls are in no figure", () => {
    assert.deepEqual(
      codes(
        reportOf(
          calls(1000, () => ({})),
          { unsent: 5, unanswered: 3 },
        ),
      ),
      ["unsent", "unanswered"],
    );
    const nothing = reportOf([], { unanswered: 3 });
    assert.deepEqual([codes(nothing), nothing.latencyMs], [["unanswered"], undefined]);
  });
});

test("the text holds counts, figures, slowest calls and notes", () => {
  const title = {
    rpc: "cafe.v1.CafeService/OrderDrink",
    protocol: "grpc",
    via: "edge",
    url: "http://127.0.0.1:1",
  };
  const samples = calls(
    200,
    (i): Sample => (i === 7 ? { took: 300, code: "unavailable" } : { traceId: `id${i}` }),
  );
  const text = renderLoad(title, reportOf(samples, { unsent: 2 }), 80);
  assert.match(text, /^cafe\.v1\.CafeService\/OrderDrink \(grpc\) via edge/);
  assert.match(text, /200 of 202 calls sent in 2\.0 s: 100\.0\/s, asked for 100\/s/);
  assert.match(text, /199 ok, 1 failed: 1 unavailable/);
  assert.match(text, /latency, from when due +11\.\d+ +10\.\d+ +10\.\d+ +10\.\d+ +300\.\d+ +300\.\d+/);
  assert.match(
    text,
    /300\.00 ms {2}unavailable {2}trace unknown: no answer came\n +10\.00 ms {2}ok +trace id\d/,
  );
  assert.match(text, /note: 2 calls that were due were never started/);
  const interrupted = renderLoad(title, { ...reportOf([]), interrupted: true }, 80);
  assert.match(interrupted, /\(interrupted\)\n {2}0 of 0 calls/);
  for (const line of [...text.split("\n"), ...interrupted.split("\n")]) {
    assert.ok(line.length <= 80, `${line.length}: ${line}`);
  }
});
