/** What a service says of its spans (GET /debug/telemetry). */
export type ServiceCounts = {
  ended: number;
  exported: number;
  failed: number;
  dropped: number;
  /** Refused by the Collector for their size, each alone. */
  tooLarge: number;
  queued: number;
};

/** What an Envoy says of its spans (admin /stats, Envoy 1.40). */
export type EnvoyCounts = {
  /** Spans that were handed to an export, also those whose export then failed. */
  sent: number;
  /** Spans that found the tracer's cache full. */
  dropped: number;
  /** Exports of one or more spans that were given up: no room, no time or no tries left. */
  exportsFailed: number;
};

/** What the Collector says of the spans that passed it (its own Prometheus metrics). */
export type CollectorCounts = {
  accepted: number;
  /** Refused by the memory limiter; the sender tries again. */
  refused: number;
  /** Failed for another reason; the sender may try again. */
  failed: number;
  sent: number;
  /** Given up after all retries. */
  sendFailed: number;
  /** Requests that wait in the queue on disk. */
  queueSize: number;
};

/** What Tempo says of the spans that it took. */
export type TempoCounts = { received: number };

/** Everybody's own count of spans, and undefined for who does not answer. */
export type Ledger = {
  services: Record<string, ServiceCounts | undefined>;
  envoys: Record<string, EnvoyCounts | undefined>;
  collector: CollectorCounts | undefined;
  tempo: TempoCounts | undefined;
};

/** Adds up all series of a metric in Prometheus' text format; 0 when there is none. */
export function sumMetric(text: string, name: string): number {
  return text
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

/** Reads an Envoy's counts from its plain-text statistics. */
export function toEnvoyCounts(text: string): EnvoyCounts {
  // The tracer does not look at the answers to its exports. They pass two clusters: this proxy's own listener for spans, and
  // behind it the Collector. Neither counts all that is given up: one that ends between two tries is counted nowhere.
  const rq = (cluster: string, name: string) => envoyStat(text, `cluster.${cluster}.upstream_rq_${name}`);
  const ended = rq("spans", "total") + rq("spans", "pending_overflow") - rq("spans", "active");
  return {
    sent: envoyStat(text, "tracing.opentelemetry.spans_sent"),
    dropped: envoyStat(text, "tracing.opentelemetry.spans_dropped"),
    exportsFailed: Math.max(0, ended - rq("otel_collector", "200")),
  };
}

/** Reads a counter from Envoy's plain-text statistics ("name: value"); 0 when it is not there. */
function envoyStat(text: string, name: string): number {
  const line = text.split("\n").find((it) => it.startsWith(`${name}: `));
  return line === undefined ? 0 : Number(line.slice(name.length + 2));
}
