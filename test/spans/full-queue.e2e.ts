import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../until.ts";
import { changeMesh } from "./changed-mesh.ts";
import { sendSpans } from "./span-load.ts";
import {
  act,
  bringUp,
  collectorUrl,
  ledgerNow,
  partNow,
  spansFound,
  takeDown,
  untilWell,
} from "./span-mesh.ts";

// A queue that is full soon.
const changed = changeMesh("otel-collector", "otel-collector.yaml", "/etc/otelcol/config.yaml", {
  "queue_size: 268435456": "queue_size: 2097152",
});

before(() => bringUp(changed.files));
after(async () => {
  await takeDown();
  changed.remove();
});

test("a queue that is full while Tempo is away refuses, is reported, and loses nothing that was accepted", async () => {
  const since = Date.now();
  await act("stop", "tempo");
  const load = sendSpans({ url: await collectorUrl(), rate: 300, seconds: 40, budgetMs: 100_000 });
  const unwell = await until(
    () => partNow("otel-collector"),
    (it) => it.state === "unhealthy",
    60_000,
  );
  assert.match(unwell.detail ?? "", /refuses work/);
  assert.ok(((await ledgerNow()).collector?.queueSize ?? Number.NaN) <= 2_097_152, "the bound holds");
  await act("start", "tempo");
  const sent = await load;
  assert.deepEqual({ accepted: sent.accepted, lost: sent.lost }, { accepted: sent.made, lost: 0 });
  // A batch is tried again after pauses that grow up to 5 s: not many times a second.
  assert.ok(sent.refused < sent.made * 12, `${sent.refused} spans refused, of ${sent.made}`);
  const found = await until(
    () => spansFound(sent, since),
    (it) => it === sent.made,
  );
  assert.equal(found, sent.made);
  assert.equal((await untilWell("otel-collector")).state, "healthy");
});
