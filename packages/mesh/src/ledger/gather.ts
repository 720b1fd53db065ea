import type { PartPort } from "../lab-parts.ts";
import { adminPorts, labParts, servicePorts } from "../lab-parts.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { CollectorCounts, Ledger, ServiceCounts } from "./ledger.ts";
import { sumMetric, toEnvoyCounts, toTempoCounts } from "./ledger.ts";

/** Asks every part of a mesh for its own count of spans; undefined for who does not answer. */
export async function readLedger(runtime: Runtime): Promise<Ledger> {
  // Who is down, or no part of the mesh as it runs, is a finding here, not an error.
  const ask = async <T>({ service: part, port }: PartPort, path: string, parse: (text: string) => T) => {
    const text = known.has(part) ? await runtime.get(part, port, path) : undefined;
    return text === undefined ? undefined : parse(text);
  };
  const known = new Set((await runtime.status()).parts.map(({ name }) => name));
  const all = async <T>(parts: readonly PartPort[], read: (part: PartPort) => Promise<T>) =>
    Object.fromEntries(await Promise.all(parts.map(async (it) => [it.service, await read(it)]))) as Record<
      string,
      T
    >;
  const [serviceCounts, envoyCounts, collector, tempoMetrics] = await Promise.all([
    all(servicePorts, (part) => ask(part, "/debug/telemetry", (it) => JSON.parse(it) as ServiceCounts)),
    all(adminPorts, (part) =>
      ask(part, "/stats?filter=^(tracing|cluster.(spans|otel_collector).upstream_rq)", toEnvoyCounts),
    ),
    ask(labParts.collector, "/metrics", toCollectorCounts),
    ask(labParts.tempo, "/metrics", (it) => it),
  ]);
  const tempo =
    tempoMetrics === undefined
      ? undefined
      : toTempoCounts(tempoMetrics, await runtime.readLog(labParts.tempoItself.service));
  return { services: serviceCounts, envoys: envoyCounts, collector, tempo };
}

function toCollectorCounts(text: string): CollectorCounts {
  return {
    accepted: sumMetric(text, "otelcol_receiver_accepted_spans"),
    refused: sumMetric(text, "otelcol_receiver_refused_spans"),
    failed: sumMetric(text, "otelcol_receiver_failed_spans"),
    sent: sumMetric(text, "otelcol_exporter_sent_spans"),
    sendFailed: sumMetric(text, "otelcol_exporter_send_failed_spans"),
    queueSize: sumMetric(text, "otelcol_exporter_queue_size"),
  };
}
