import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../until.ts";
import { sendSpans } from "./span-load.ts";
import { bringUp, collectorUrl, ledgerNow, spansFound, takeDown } from "./span-mesh.ts";

before(() => bringUp());
after(takeDown);

test("2,000 spans a second for 60 s are all found, and every count says so", async () => {
  const since = Date.now();
  const load = await sendSpans({ url: await collectorUrl(), rate: 2_000, seconds: 60 });
  assert.ok(load.made >= 120_000, `${load.made}`);
  assert.deepEqual({ accepted: load.accepted, lost: load.lost }, { accepted: load.made, lost: 0 });
  const found = await until(
    () => spansFound(load, since),
    (it) => it === load.made,
  );
  assert.equal(found, load.made);
  const { collector, tempo } = await ledgerNow();
  assert.deepEqual(
    {
      accepted: collector?.accepted,
      sent: collector?.sent,
      sendFailed: collector?.sendFailed,
      received: tempo?.received,
      dropped: tempo?.dropped,
    },
    { accepted: load.made, sent: load.made, sendFailed: 0, received: load.made, dropped: {} },
  );
});
