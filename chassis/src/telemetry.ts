import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { DiagLogger } from "@opentelemetry/api";
import { diag } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { startNodeSdk } from "@opentelemetry/sdk-node";
import type { SpanExporter, SpanProcessor } from "@opentelemetry/sdk-trace";
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace";
import { ATTR_SERVICE_INSTANCE_ID, ATTR_SERVICE_NAME } from "@opentelemetry/semantic-conventions";
import type { TelemetryConfig } from "./config.ts";
import type { Logger } from "./logger.ts";
import { createOutageLog } from "./outage-log.ts";
import { createPropagators } from "./propagators.ts";
import { createRetryingExporter } from "./retrying-exporter.ts";
import type { SpanCounts } from "./span-ledger.ts";
import { createSpanLedger } from "./span-ledger.ts";

/** Share of the processor's export timeout within which an export is tried again; the rest is for its last try. */
const retryShare = 0.8;

/** The running telemetry of a process. */
export interface Telemetry {
  /** What became of the spans so far. */
  counts(): SpanCounts;
  /** Sends what is left, within the flush timeout, and ends. Never throws; says in the log what was lost. */
  stop(): Promise<void>;
}

/**
 * Starts the OpenTelemetry SDK: traces over OTLP/gRPC, and nothing else. Samplers, propagators and the
 * exporter's address come from the standard variables, which `readConfig` has checked.
 *
 * @param ownProcessors What each span passes before it is handed on.
 * @param makeExporter What sends the spans. Default: OTLP over gRPC.
 */
export function startTelemetry(
  config: TelemetryConfig,
  log: Logger,
  ownProcessors: readonly SpanProcessor[] = [],
  makeExporter: () => SpanExporter = () => new OTLPTraceExporter(),
): Telemetry {
  const ledger = createSpanLedger(config.maxQueueSize);
  const outages = createOutageLog(log, config.endpoint, ledger.counts);
  const processors: SpanProcessor[] = [...ownProcessors];
  if (config.enabled && config.exporting) {
    const retrying = createRetryingExporter(makeExporter(), {
      budgetMs: config.exportTimeoutMs * retryShare,
      onAttempt: outages.report,
    });
    const exporter = ledger.watchExporter(retrying);
    const batches = new BatchSpanProcessor({
      exporter,
      maxQueueSize: config.maxQueueSize,
      maxExportBatchSize: config.maxExportBatchSize,
      scheduledDelayMillis: config.scheduleDelayMs,
      exportTimeoutMillis: config.exportTimeoutMs,
    });
    processors.push(ledger.watchProcessor(batches));
  }
  const sdk = startNodeSdk({
    // The SDK would install a logger that writes plain text; ours follows right below.
    logLevel: "none",
    spanProcessors: processors,
    propagators: createPropagators(config.propagators),
    metricReaders: [],
    logRecordProcessors: [],
    // Nothing about the machine or the process's arguments.
    resourceDetectors: [],
    resourceAttributes: {
      [ATTR_SERVICE_NAME]: config.serviceName,
      [ATTR_SERVICE_INSTANCE_ID]: randomUUID(),
    },
  });
  diag.setLogger(diagLogger(log), { logLevel: config.logLevel, suppressOverrideMessage: true });

  return {
    counts: ledger.counts,
    async stop() {
      await Promise.race([
        sdk.shutdown().catch((error: unknown) => log.warn({ err: error }, "telemetry did not end well")),
        wait(config.flushTimeoutMs, undefined, { ref: false }),
      ]);
      const counts = ledger.counts();
      const lost = counts.failed + counts.dropped + counts.queued;
      log[lost > 0 ? "warn" : "debug"]({ spans: counts }, "telemetry stopped");
    },
  };
}

/** Puts what the SDK has to say into the service's log. */
function diagLogger(log: Logger): DiagLogger {
  return {
    error: (message) => log.warn({ source: "opentelemetry" }, message),
    warn: (message) => log.warn({ source: "opentelemetry" }, message),
    info: (message) => log.debug({ source: "opentelemetry" }, message),
    debug: (message) => log.trace({ source: "opentelemetry" }, message),
    verbose: (message) => log.trace({ source: "opentelemetry" }, message),
  };
}
