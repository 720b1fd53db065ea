import { envoyStat } from "../envoy-stat.ts";

/** What a service says of its spans (GET /debug/telemetry). */
export interface ServiceCounts {
  ended: number;
  exported: number;
  failed: number;
  dropped: number;
  /** Refused by the Collector for their size, each alone. */
  tooLarge: number;
  queued: number;
}

/** What an Envoy says of its spans (admin /stats, Envoy 1.40). */
export interface EnvoyCounts {
  /** Spans that were handed to an export, also those whose export then failed. */
  sent: number;
  /** Spans that found the tracer's cache full. */
  dropped: number;
  /** Exports of one or more spans that were given up: no room, no time or no tries left. */
  exportsFailed: number;
}

/** What the Collector says of the spans that passed it (its own Prometheus metrics). */
export interface CollectorCounts {
  accepted: number;
  /** Refused for want of room, in memory or in the queue, once for each try; the sender tries again. */
  refused: number;
  /** Failed for another reason; the sender may try again. */
  failed: number;
  sent: number;
  /** Given up after all retries. */
  sendFailed: number;
  /** Left out on purpose, by its `filter` and `probabilistic_sampler`. */
  leftOut: number;
  /** Traces that came to `tail_sampling`, which does not count the spans that it leaves out, nor those that it still holds. */
  tailSampled: number;
  /** What waits in the queue on disk for Tempo's yes, in bytes (the unit that `sizer` in otel-collector.yaml says). */
  queueSize: number;
}

/** What Tempo says of the spans that came to it. */
export interface TempoCounts {
  received: number;
  /**
   * Dropped, although the Collector got the answer that all is well, by reason: `trace_too_large`, `live_traces_exceeded`.
   */
  dropped: Record<string, number>;
  /** Refused for its rate, once for each try; the Collector tries again. */
  refused: number;
  /** How often it could not write traces that it had acknowledged, which are lost. It does not count their spans. */
  unwritten: number;
}

/** Everybody's own count of spans, and undefined for who does not answer. */
export interface Ledger {
  services: Record<string, ServiceCounts | undefined>;
  envoys: Record<string, EnvoyCounts | undefined>;
  collector: CollectorCounts | undefined;
  tempo: TempoCounts | undefined;
}

/** Adds up all series of a metric in Prometheus' text format; 0 when there is none. */
export function sumMetric(text: string, name: string): number {
  return text
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

/** Reads the Collector's counts from its Prometheus metrics (Collector 0.161). */
export function toCollectorCounts(text: string): CollectorCounts {
  const byChoosers = (name: string) => sumMetric(text.split("\n").filter(isOfChooser).join("\n"), name);
  return {
    accepted: sumMetric(text, "otelcol_receiver_accepted_spans"),
    refused: sumMetric(text, "otelcol_receiver_refused_spans"),
    failed: sumMetric(text, "otelcol_receiver_failed_spans"),
    sent: sumMetric(text, "otelcol_exporter_sent_spans"),
    sendFailed: sumMetric(text, "otelcol_exporter_send_failed_spans"),
    leftOut: byChoosers("otelcol_processor_incoming_items") - byChoosers("otelcol_processor_outgoing_items"),
    tailSampled: sumMetric(text, "otelcol_processor_tail_sampling_new_trace_id_received"),
    queueSize: sumMetric(text, "otelcol_exporter_queue_size"),
  };
}

/** Whether a line of metrics is of spans at a processor that leaves some out on purpose; it may have a name behind its type. */
function isOfChooser(line: string): boolean {
  return line.includes('otel_signal="traces"') && /processor="(filter|probabilistic_sampler)["/]/.test(line);
}

/** Reads Tempo's counts from its Prometheus metrics, and from its log what those do not say (Tempo 2.8). */
export function toTempoCounts(text: string, log: string): TempoCounts {
  const byReason: Record<string, number> = {};
  for (const [, reason = "", count] of text.matchAll(
    /^tempo_discarded_spans_total\{.*?reason="(.*?)".*\} (\S+)$/gm,
  )) {
    if (Number(count) > 0) byReason[reason] = (byReason[reason] ?? 0) + Number(count);
  }
  const { rate_limited: refused = 0, ...dropped } = byReason;
  const received = sumMetric(text, "tempo_distributor_spans_received_total");
  const unwritten = log.split('"msg":"failed to cut traces"').length - 1;
  return { received, dropped, refused, unwritten };
}

/** Reads an Envoy's counts from its plain-text statistics. */
export function toEnvoyCounts(text: string): EnvoyCounts {
  // The tracer does not look at the answers to its exports. They pass two clusters: this proxy's own listener for spans, and
  // behind it the Collector. Neither counts all that is given up: one that ends between two tries is counted nowhere.
  const read = (name: string) => envoyStat(text, name) ?? 0;
  const rq = (cluster: string, name: string) => read(`cluster.${cluster}.upstream_rq_${name}`);
  const ended = rq("spans", "total") + rq("spans", "pending_overflow") - rq("spans", "active");
  return {
    sent: read("tracing.opentelemetry.spans_sent"),
    dropped: read("tracing.opentelemetry.spans_dropped"),
    exportsFailed: Math.max(0, ended - rq("otel_collector", "200")),
  };
}
