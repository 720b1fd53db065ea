import type { Mesh } from "../native/mesh.ts";
import {
  type CollectorCounts,
  type Ledger,
  type ServiceCounts,
  sumMetric,
  type TempoCounts,
  toEnvoyCounts,
} from "./ledger.ts";

/** The port on which each service of the mesh answers /debug/telemetry. */
const services = { gateway: 8081, backend: 8082 };
/** The admin port of each Envoy. */
const envoys = { edge: 9901, "gateway-proxy": 15000, "backend-proxy": 15100 };

/** Asks every part of a natively running mesh for its own count of spans. */
export async function readLedger(mesh: Mesh): Promise<Ledger> {
  // A part that the mesh runs without has no port, and answers as little as one that is down.
  const url = (part: string, port: number, path: string) =>
    mesh.services.some(({ name }) => name === part)
      ? `http://127.0.0.1:${mesh.hostPort(part, port)}${path}`
      : undefined;
  const all = async <T>(ports: Record<string, number>, read: (part: string, port: number) => Promise<T>) =>
    Object.fromEntries(
      await Promise.all(Object.entries(ports).map(async ([part, port]) => [part, await read(part, port)])),
    ) as Record<string, T>;
  const [serviceCounts, envoyCounts, collector, tempo] = await Promise.all([
    all(services, (part, port) =>
      ask(url(part, port, "/debug/telemetry"), (it) => JSON.parse(it) as ServiceCounts),
    ),
    all(envoys, (part, port) =>
      ask(url(part, port, "/stats?filter=^(tracing|cluster.otel_collector.internal)."), toEnvoyCounts),
    ),
    ask(url("otel-collector", 8888, "/metrics"), toCollectorCounts),
    ask(url("tempo", 3200, "/metrics"), toTempoCounts),
  ]);
  return { services: serviceCounts, envoys: envoyCounts, collector, tempo };
}

/** Undefined when nobody answers: a part that is down is a finding here, not an error. */
async function ask<T>(url: string | undefined, parse: (text: string) => T): Promise<T | undefined> {
  if (url === undefined) {
    return undefined;
  }
  let text: string;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(3000) });
    text = await response.text();
  } catch {
    return undefined;
  }
  return parse(text);
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

function toTempoCounts(text: string): TempoCounts {
  return { received: sumMetric(text, "tempo_distributor_spans_received_total") };
}
