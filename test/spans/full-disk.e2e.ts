import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { describeLosses, vanishedSpans } from "@envoy-mesh-lab/mesh";
import { until } from "../until.ts";
import { sendSpans } from "./span-load.ts";
import {
  act,
  bringUp,
  collectorUrl,
  ledgerNow,
  partNow,
  queueFolder,
  spansFound,
  takeDown,
  untilWell,
} from "./span-mesh.ts";

/** Where the queue's file is. */
let folder = "";
/** Another's file that takes all that is left. */
let hog = "";

/** The disk of the queue: a small one of its own, in memory. Why there is none, where that is not allowed. */
function mountSmallDisk(): string | undefined {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", folder], { stdio: "pipe" });
    return undefined;
  } catch (error) {
    return `a full disk needs a disk of its own, and it cannot be mounted: ${(error as Error).message.trim()}`;
  }
}

function fillDisk(): void {
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(hog, Buffer.alloc(bavail * bsize));
}

let whyNot: string | undefined;
before(async () => {
  await bringUp();
  folder = await queueFolder();
  hog = join(folder, "another-file");
  await act("stop", "otel-collector");
  whyNot = mountSmallDisk();
  await bringUp();
});
after(async () => {
  await act("stop", "otel-collector");
  if (whyNot === undefined) execFileSync("umount", [folder]);
  await takeDown();
});

test("the Collector on a full disk says that it is not well, takes spans again when there is room, and each lost one is counted", async (t) => {
  if (whyNot !== undefined) {
    t.skip(whyNot);
    return;
  }
  const since = Date.now();
  await act("stop", "tempo");
  const load = sendSpans({ url: await collectorUrl(), rate: 300, seconds: 40, budgetMs: 10_000 });
  await delay(4_000);
  fillDisk();

  const unwell = await until(
    () => partNow("otel-collector"),
    (it) => it.state === "unhealthy",
    60_000,
  );
  assert.equal(unwell.state, "unhealthy");
  assert.match(unwell.detail ?? "", /refuses work: otelcol_receiver_refused_spans at .* rose by \d+/);
  assert.match(describeLosses(await ledgerNow()).join("\n"), /otel-collector refused \d+ spans/);

  // Tempo comes back first: what is read from a queue that cannot be written is what gets lost.
  await act("start", "tempo");
  await untilWell("tempo");
  await delay(3_000);
  rmSync(hog);
  const sent = await load;
  assert.equal((await untilWell("otel-collector")).state, "healthy");
  assert.equal(sent.accepted + sent.lost, sent.made);
  assert.ok(sent.lost > 0, "the senders gave up on some, and know it");
  // A batch is tried again after pauses that grow up to 5 s: not many times a second.
  assert.ok(sent.refused < sent.made * 12, `${sent.refused} spans refused, of ${sent.made}`);

  const { collector } = await until(ledgerNow, (it) => it.collector?.queueSize === 0);
  assert.ok(collector);
  assert.equal(collector.accepted, sent.accepted, "both sides of the answer count the same");
  const lost = collector.sendFailed + (vanishedSpans(collector) ?? Number.NaN);
  const found = await until(
    () => spansFound(sent, since),
    (it) => it === sent.accepted - lost,
  );
  assert.equal(found, sent.accepted - lost, "every accepted span was found or is counted as lost");

  const next = await sendSpans({ url: await collectorUrl(), rate: 300, seconds: 2 });
  assert.equal(next.accepted, next.made);
  assert.equal(
    await until(
      () => spansFound(next, since),
      (it) => it === next.made,
    ),
    next.made,
  );
});
