import { setTimeout as wait } from "node:timers/promises";
import type { SpanExporter } from "@opentelemetry/sdk-trace";

/** How an exporter is made to try again. */
export interface RetryOptions {
  /** How long to try in all, in milliseconds. A processor gives up on an export by itself after its export timeout. */
  readonly budgetMs: number;
  /** Told of every try: the error, or undefined when it went well. */
  readonly onAttempt: (error: Error | undefined) => void;
  /** The first pause, in milliseconds; each one after it is twice as long, up to five seconds. Default: 100. */
  readonly firstPauseMs?: number;
}

type ExportResult = Parameters<Parameters<SpanExporter["export"]>[1]>[0];

const longestPauseMs = 5_000;

/**
 * gRPC codes after which OTLP wants the same data to be sent again (OTLP specification 1.x, "OTLP/gRPC Response"):
 * CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS.
 */
const retryable = new Set([1, 4, 8, 10, 11, 14, 15]);

/**
 * Makes an OTLP/gRPC exporter try again while the Collector is away. The exporter of OpenTelemetry JS 0.301 has no
 * retry over gRPC, against the specification: a Collector that restarts costs every span of that time.
 *
 * A batch whose answer was lost is sent twice; receivers know a span by its id.
 */
export function createRetryingExporter(exporter: SpanExporter, options: RetryOptions): SpanExporter {
  const { budgetMs, onAttempt, firstPauseMs = 100 } = options;
  const stopped = new AbortController();

  function attempt(spans: Parameters<SpanExporter["export"]>[0]): Promise<ExportResult> {
    return new Promise((resolve) => exporter.export(spans, resolve));
  }

  async function send(spans: Parameters<SpanExporter["export"]>[0]): Promise<ExportResult> {
    const deadline = performance.now() + budgetMs;
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const result = await attempt(spans);
      const failed = result.code !== 0;
      onAttempt(failed ? (result.error ?? new Error("the exporter gave no reason")) : undefined);
      // Spread, so that the services of a mesh do not all come back at the same moment.
      const spreadMs = pauseMs * (0.5 + Math.random() / 2);
      const isLate = performance.now() + spreadMs > deadline;
      if (!failed || !isRetryable(result.error) || isLate || stopped.signal.aborted) {
        return result;
      }
      await wait(spreadMs, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  }

  return {
    export: (spans, report) => void send(spans).then(report),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown() {
      stopped.abort();
      return exporter.shutdown();
    },
  };
}

function isRetryable(error: Error | undefined): boolean {
  return error !== undefined && "code" in error && retryable.has(Number(error.code));
}
