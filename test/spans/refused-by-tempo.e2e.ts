import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../until.ts";
import { changeMesh } from "./changed-mesh.ts";
import { sendSpans } from "./span-load.ts";
import { bringUp, collectorUrl, ledgerNow, spansFound, takeDown } from "./span-mesh.ts";

// A Tempo that takes 100 kB a second, where 300 spans are about 300 kB, and 2.5 MB at once, as the largest batch has 2 MiB.
const changed = changeMesh("tempo", "tempo.yaml", "/etc/tempo.yaml", {
  "rate_limit_bytes: 8000000": "rate_limit_bytes: 100000",
  "burst_size_bytes: 12000000": "burst_size_bytes: 2500000",
});

before(() => bringUp(changed.files));
after(async () => {
  await takeDown();
  changed.remove();
});

test("what Tempo refuses for its rate comes again, and none of it is lost", async () => {
  const since = Date.now();
  const load = await sendSpans({ url: await collectorUrl(), rate: 300, seconds: 20 });
  assert.deepEqual({ accepted: load.accepted, lost: load.lost }, { accepted: load.made, lost: 0 });
  const { collector, tempo } = await until(ledgerNow, (it) => it.collector?.queueSize === 0, 90_000);
  assert.deepEqual(
    { sent: collector?.sent, sendFailed: collector?.sendFailed, dropped: tempo?.dropped },
    { sent: load.made, sendFailed: 0, dropped: {} },
  );
  assert.ok((tempo?.refused ?? 0) > 0, "Tempo has refused some, once or more");
  const found = await until(
    () => spansFound(load, since),
    (it) => it === load.made,
  );
  assert.equal(found, load.made);
});
