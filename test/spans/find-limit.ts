import { parseArgs } from "node:util";
import { vanishedSpans } from "@envoy-mesh-lab/mesh";
import { until } from "../until.ts";
import { sendSpans } from "./span-load.ts";
import {
  bringUp,
  collectorUrl,
  ledgerNow,
  memoryNow,
  partNow,
  processorTime,
  spansFound,
  takeDown,
} from "./span-mesh.ts";

// Finds the rate of spans at which the Collector and Tempo come to their end, and shows by what: each rate in a mesh of
// its own, so that the peaks of memory are its own too.
//   node bootstrap/run.mjs test/spans/find-limit.ts --rates 2000,4000,8000 --seconds 20

const { values } = parseArgs({
  options: {
    rates: { type: "string", default: "2000,4000,6000,8000,12000,24000" },
    seconds: { type: "string", default: "20" },
  },
});
const rates = values.rates.split(",").map(Number);
const seconds = Number(values.seconds);
if (!rates.every((it) => it > 0 && it <= 50_000) || !(seconds > 0 && seconds <= 120)) {
  console.error("--rates are spans a second, up to 50000, and --seconds is up to 120");
  process.exit(2);
}

/** How long the queue may take to empty after a load, in milliseconds. */
const drainMs = 180_000;

const rows: Record<string, number | string>[] = [];
for (const rate of rates) {
  try {
    await bringUp();
    rows.push(await measure(rate));
    console.log(JSON.stringify(rows.at(-1)));
  } finally {
    await takeDown();
  }
}
console.table(rows);

async function measure(rate: number): Promise<Record<string, number | string>> {
  const since = Date.now();
  const began = performance.now();
  const peak = { queue: 0, "otel-collector": 0, tempo: 0 };
  const watch = setInterval(async () => {
    peak.queue = Math.max(peak.queue, (await ledgerNow()).collector?.queueSize ?? 0);
    for (const part of ["otel-collector", "tempo"] as const) {
      peak[part] = Math.max(peak[part], await memoryNow(part));
    }
  }, 500);
  const load = await sendSpans({ url: await collectorUrl(), rate, seconds });
  const sentMs = performance.now() - began;
  const { collector, tempo } = await until(ledgerNow, (it) => it.collector?.queueSize === 0, drainMs);
  clearInterval(watch);
  const drained = performance.now() - began - sentMs;
  const dropped = Object.values(tempo?.dropped ?? {}).reduce((sum, it) => sum + it, 0);
  const lost = collector ? collector.sendFailed + (vanishedSpans(collector) ?? Number.NaN) : Number.NaN;
  const expected = load.accepted - lost - dropped;
  const found = await until(
    () => spansFound(load, since),
    (it) => it >= expected,
  );
  return {
    "spans/s": rate,
    made: load.made,
    "late ms": Math.round(load.lateMs),
    accepted: load.accepted,
    "accepted (Collector)": collector?.accepted ?? Number.NaN,
    "given up": load.lost,
    "refused tries": load.refused,
    reasons: JSON.stringify(load.reasons),
    "lost in queue": lost,
    "dropped by Tempo": dropped,
    found,
    // Less than 0: given up by the sender, which had no answer in time, and found all the same.
    unexplained: load.made - load.lost - lost - dropped - found,
    "queue MiB": Math.round(peak.queue / 2 ** 20),
    "drained after s": Math.round(drained / 1000),
    "Collector MiB": Math.round(peak["otel-collector"]),
    "Collector restarts": (await partNow("otel-collector")).restarts,
    "Collector CPU s": await processorTime("otel-collector"),
    "Tempo MiB": Math.round(peak.tempo),
    "Tempo CPU s": await processorTime("tempo"),
  };
}
