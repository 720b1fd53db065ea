import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { DiagLogger } from "@opentelemetry/api";
import { diag } from "@opentelemetry/api";
import { startNodeSdk } from "@opentelemetry/sdk-node";
import type { SpanProcessor } from "@opentelemetry/sdk-trace";
import { ATTR_SERVICE_INSTANCE_ID, ATTR_SERVICE_NAME } from "@opentelemetry/semantic-conventions";
import type { TelemetryConfig } from "./config.ts";
import type { Logger } from "./logger.ts";
import type { SpanSender } from "./otlp-client.ts";
import { createOtlpClient } from "./otlp-client.ts";
import { createOutageLog } from "./outage-log.ts";
import { createPropagators } from "./propagators.ts";
import type { SpanCounts } from "./span-counts.ts";
import { noSpans } from "./span-counts.ts";
import { createSpanDelivery } from "./span-delivery.ts";
import type { SpanQueue } from "./span-queue.ts";
import { createSpanQueue } from "./span-queue.ts";

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
 * @param makeSender What sends the spans. Default: OTLP over gRPC.
 */
export function startTelemetry(
  config: TelemetryConfig,
  log: Logger,
  ownProcessors: readonly SpanProcessor[] = [],
  makeSender: () => SpanSender = createOtlpClient,
): Telemetry {
  const pipeline = config.enabled && config.exporting ? startPipeline(config, log, makeSender()) : undefined;
  const counts = () => pipeline?.queue.counts() ?? noSpans;
  const sdk = startNodeSdk({
    // The SDK would install a logger that writes plain text; ours follows right below.
    logLevel: "none",
    propagators: createPropagators(config.propagators),
    spanProcessors: [...ownProcessors, ...(pipeline ? [pipeline.queue] : [])],
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
    counts,
    async stop() {
      await Promise.race([
        sdk.shutdown().catch((error: unknown) => log.warn({ err: error }, "telemetry did not end well")),
        // The queue ends in time by itself; a processor of the service's own may not.
        wait(config.flushTimeoutMs * 2, undefined, { ref: false }),
      ]);
      pipeline?.sender.close();
      const { failed, dropped, tooLarge, queued } = counts();
      const lost = failed + dropped + tooLarge + queued;
      log[lost > 0 ? "warn" : "debug"]({ lost, spans: counts() }, "telemetry stopped");
    },
  };
}

/** Puts together what a span passes on its way to the Collector. */
function startPipeline(
  config: TelemetryConfig,
  log: Logger,
  sender: SpanSender,
): { readonly queue: SpanQueue; readonly sender: SpanSender } {
  const outages = createOutageLog(log, config.endpoint, () => queue.counts());
  const queue = createSpanQueue({
    delivery: createSpanDelivery({
      sender,
      exportTimeoutMs: config.exportTimeoutMs,
      onAttempt: outages.report,
      onRefused: outages.refused,
    }),
    maxSpans: config.maxQueueSize,
    maxBytes: config.maxQueueBytes,
    maxBatchSpans: config.maxExportBatchSize,
    scheduleDelayMs: config.scheduleDelayMs,
    flushTimeoutMs: config.flushTimeoutMs,
  });
  return { queue, sender };
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
