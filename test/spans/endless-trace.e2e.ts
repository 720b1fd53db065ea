import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { until } from "../until.ts";
import { sendSpans } from "./span-load.ts";
import { act, bringUp, collectorUrl, ledgerNow, spansFound, takeDown, untilWell } from "./span-mesh.ts";

before(() => bringUp());
after(takeDown);

test("one trace id without end costs nobody else a span, and what Tempo drops of it is counted", async () => {
  const since = Date.now();
  const url = await collectorUrl();
  // 40 MB of one trace, where Tempo takes 5 MB at a time: a caller's traceparent that is always the same.
  const endless = { url, rate: 4_000, seconds: 10, spansPerTrace: 100, traceId: randomBytes(16) };
  const [one, others] = await Promise.all([sendSpans(endless), sendSpans({ url, rate: 200, seconds: 10 })]);
  const found = await until(
    () => spansFound(others, since),
    (it) => it === others.made,
  );
  assert.deepEqual({ accepted: others.accepted, found }, { accepted: others.made, found: others.made });
  // Nobody tries again: Tempo answers that all is well, and counts what it dropped.
  assert.deepEqual({ accepted: one.accepted, refused: one.refused }, { accepted: one.made, refused: 0 });
  const { collector, tempo } = await until(ledgerNow, (it) => it.collector?.queueSize === 0);
  assert.equal(collector?.sendFailed, 0);
  assert.deepEqual(Object.keys(tempo?.dropped ?? {}), ["trace_too_large"]);
  const dropped = tempo?.dropped.trace_too_large ?? 0;
  assert.ok(dropped > 0 && dropped < one.made, `${dropped} of ${one.made}`);
  assert.equal((await untilWell("tempo")).state, "healthy");
  // A trace of that size is no reason for Tempo not to come back.
  await act("restart", "tempo");
  assert.equal((await untilWell("tempo")).restarts, 0);
  assert.equal(
    await until(
      () => spansFound(others, since),
      (it) => it === others.made,
    ),
    others.made,
  );
});
