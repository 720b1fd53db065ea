import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { partAction } from "@envoy-mesh-lab/mesh";
import { allWell, codesOf, incomplete, ledgerNow, partNow, quietLedger, spansPerCall } from "./faults.ts";
import { startLoad } from "./load.ts";
import { until } from "./mesh.ts";

for (const rate of [10, 50]) {
  test(`undisturbed at ${rate} calls a second, all counts of spans agree, from the senders' to Tempo's`, async () => {
    const before = await quietLedger();
    const load = startLoad({ rate });
    await delay(4_000);
    const calls = await load.stop();
    assert.deepEqual(codesOf(calls), { ok: calls.length });
    assert.deepEqual(await incomplete(calls), []);

    const spans = calls.length * spansPerCall;
    const after = await until(
      ledgerNow,
      (it) => (it.collector?.sent ?? 0) - (before.collector?.sent ?? 0) === spans,
    );
    const difference = {
      reported: after.reported - before.reported,
      lost: after.lost - before.lost,
      accepted: (after.collector?.accepted ?? 0) - (before.collector?.accepted ?? 0),
      sent: (after.collector?.sent ?? 0) - (before.collector?.sent ?? 0),
      refused: (after.collector?.refused ?? 0) - (before.collector?.refused ?? 0),
      received: (after.tempo?.received ?? 0) - (before.tempo?.received ?? 0),
    };
    assert.deepEqual(difference, {
      reported: spans,
      lost: 0,
      accepted: spans,
      sent: spans,
      refused: 0,
      received: spans,
    });
  });
}

test("the Collector is killed five times at 100 calls a second: no request fails, and no span is lost", async () => {
  const before = await quietLedger();
  const { restarts } = await partNow("otel-collector");
  const load = startLoad({ rate: 100, maxInFlight: 32 });
  for (let i = 0; i < 5; i++) {
    await delay(2_000);
    // SIGKILL, as if from outside: its restart policy brings it back.
    await partAction("kill", "otel-collector");
  }
  await delay(2_000);
  const calls = await load.stop();
  await allWell();
  assert.equal((await partNow("otel-collector")).restarts - restarts, 5, "it died five times");
  assert.deepEqual(codesOf(calls), { ok: calls.length });
  assert.deepEqual(await incomplete(calls), []);

  // The Collector's own counters start at 0 with each of its lives; those of the senders go on.
  const after = await until(ledgerNow, (it) => it.reported - before.reported === calls.length * spansPerCall);
  assert.deepEqual(
    { reported: after.reported - before.reported, lost: after.lost - before.lost },
    { reported: calls.length * spansPerCall, lost: 0 },
  );
});

test("Tempo is away for 20 s: no request fails, and every trace arrives", async () => {
  const load = startLoad();
  await delay(2_000);
  await partAction("stop", "tempo");
  await delay(20_000);
  await partAction("start", "tempo");
  await delay(1_000);
  const calls = await load.stop();
  await allWell();
  assert.deepEqual(codesOf(calls), { ok: calls.length });
  assert.deepEqual(await incomplete(calls), []);
});

test("Tempo is killed with SIGKILL for 20 s: only what it had just acknowledged is lost", async () => {
  const load = startLoad();
  await delay(5_000);
  const killedAt = Date.now();
  await partAction("stop", "tempo", { signal: "SIGKILL" });
  const goneAt = Date.now();
  await delay(20_000);
  await partAction("start", "tempo");
  await delay(1_000);
  const calls = await load.stop();
  await allWell();
  assert.deepEqual(codesOf(calls), { ok: calls.length });
  // Tempo acknowledges spans before they are on its disk; tempo.yaml keeps that time under a second.
  const safe = calls.filter((it) => it.startedAt < killedAt - 3_000 || it.startedAt > goneAt);
  assert.ok(safe.length > calls.length * 0.8);
  assert.deepEqual(await incomplete(safe), []);
});
