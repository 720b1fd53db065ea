import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Trace } from "@envoy-mesh-lab/trace";
import { drawnTrace } from "@envoy-mesh-lab/trace/testing";
import fc from "fast-check";
import { checkTraces } from "./check-traces.ts";
import type { Finding } from "./findings.ts";

interface Time {
  start: number;
  took: number;
}

/** A trace of one drawing, whose ids no other trace has. */
function traceOf(drawing: string, i: number): Trace {
  const trace = drawnTrace(drawing, (i + 1).toString(16).padStart(32, "0"));
  for (const span of trace.spans) {
    span.spanId = `${i}.${span.spanId}`;
    if (span.parentSpanId) span.parentSpanId = `${i}.${span.parentSpanId}`;
  }
  return trace;
}

const path = "rpc.method=s.S/M";
/** A service that makes a call of which nothing is known further on. */
const caller = ({ start, took }: Time) =>
  `a SERVER ${start - 1}-${start + took + 1}\n  a CLIENT ${start}-${start + took} ${path}`;
/** A call that reaches its server without its context. */
const root = ({ start, took }: Time) => `b SERVER ${start}-${start + took} ${path}`;

async function lostIn(drawings: string[]): Promise<Finding[]> {
  const { reports } = await checkTraces(drawings.map(traceOf));
  return reports.flatMap((it) => it.findings).filter((it) => it.code === "context.lost");
}

/** Times one after the other, with gaps that are short beside what clocks may differ. */
const inSequence = fc
  .array(fc.record({ gap: fc.integer({ min: 0, max: 8 }), took: fc.integer({ min: 1, max: 30 }) }), {
    minLength: 2,
    maxLength: 40,
  })
  .map((steps) => {
    let at = 0;
    return steps.map(({ gap, took }): Time => {
      const start = at + gap;
      at = start + took;
      return { start, took };
    });
  });

const somewhere = (took: number) =>
  fc.record({ start: fc.integer({ min: 0, max: 20_000 }), took: fc.integer({ min: 1, max: took }) });

suite("contexts of calls that have nothing to do with each other", () => {
  test("are not lost between calls that only follow each other closely", async () => {
    await fc.assert(
      fc.asyncProperty(inSequence, async (times) => {
        assert.deepEqual(await lostIn(times.map((it, i) => (i % 2 === 0 ? caller(it) : root(it)))), []);
      }),
    );
  });

  test("are not lost between requests that come in by one entry, however they overlap", async () => {
    const entry = ({ start, took }: Time) =>
      `edge/inbound SERVER ${start}-${start + took} http.url=http://x/s.S/M\n  edge/inbound CLIENT ${start}-${start + took}`;
    await fc.assert(
      fc.asyncProperty(fc.array(somewhere(5000), { maxLength: 40 }), async (times) => {
        assert.deepEqual(await lostIn(times.map(entry)), []);
      }),
    );
  });

  test("are not lost where chance explains how many roots lie in calls", async () => {
    // Up to half of the time is in some call.
    const calls = fc.array(somewhere(500), { minLength: 5, maxLength: 20 });
    const roots = fc.array(somewhere(50), { minLength: 20, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(calls, roots, async (some, others) => {
        assert.deepEqual(await lostIn([...some.map(caller), ...others.map(root)]), []);
      }),
      // The bound leaves one input in a thousand; these hold none.
      { seed: 20261125, numRuns: 300 },
    );
  });
});

suite("contexts that are lost", () => {
  const within = ({ start, took }: Time): Time => ({ start: start + took / 4, took: took / 2 });

  test("are all found, each between its own call and root", async () => {
    await fc.assert(
      fc.asyncProperty(inSequence, async (times) => {
        const found = await lostIn(times.flatMap((it) => [caller(it), root(within(it))]));
        assert.equal(found.length, times.length);
        for (const it of found) {
          const call = Number.parseInt(it.spanIds[0] as string, 10);
          assert.equal(Number.parseInt(it.otherTraceIds?.[0] as string, 16), call + 2);
          assert.equal(it.confidence, "likely");
        }
      }),
    );
  });

  test("are found although others call the same server, where few of those lie in calls", async () => {
    const calls = Array.from({ length: 10 }, (_, i): Time => ({ start: 2000 * i, took: 20 }));
    const others = Array.from({ length: 10 }, (_, i): Time => ({ start: 2000 * i + 1000, took: 10 }));
    const all = [...calls.map(caller), ...calls.map(within).map(root), ...others.map(root)];
    assert.equal((await lostIn(all)).length, 10);
  });

  test("are found although roots of another kind lie in the same calls by chance", async () => {
    const call: Time = { start: 0, took: 100 };
    const stranger = (start: number) => root({ start, took: 10 }).replace("b SERVER", "c SERVER");
    const found = await lostIn([stranger(1), stranger(50), stranger(60), caller(call), root(within(call))]);
    assert.deepEqual(
      found.map((it) => it.edge),
      ["a CLIENT > b SERVER"],
    );
  });

  test("are sure where the request's id is the same, whoever else calls the server", async () => {
    const id = "guid:x-request-id=r1";
    const call = "p/outbound SERVER 0-100 http.url=http://b/s.S/M\n  p/outbound CLIENT 1-99";
    const own = `q/inbound SERVER 10-90 http.url=http://b/s.S/M ${id}`;
    const other = "q/inbound SERVER 20-80 http.url=http://b/s.S/M";
    const found = await lostIn([call.replace("s.S/M\n", `s.S/M ${id}\n`), own, other, other]);
    assert.deepEqual(
      found.map((it) => [it.confidence, it.otherTraceIds]),
      [["certain", ["2".padStart(32, "0")]]],
    );
  });
});
