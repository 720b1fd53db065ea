import type { ReadableSpan, SpanExporter, SpanProcessor } from "@opentelemetry/sdk-trace";

/** What became of the spans of this process since it started. */
export interface SpanCounts {
  /** Sampled spans that were started. */
  readonly started: number;
  /** Sampled spans that ended. Always exported + failed + dropped + queued. */
  readonly ended: number;
  /** Spans that the Collector took. */
  readonly exported: number;
  /** Spans that were sent, even repeatedly, and that the Collector did not take. */
  readonly failed: number;
  /** Spans that were not even queued, because the queue was full or the service had stopped sending. */
  readonly dropped: number;
  /** Spans that wait or are on their way. */
  readonly queued: number;
}

/** Keeps count of spans between a batching processor and its exporter. */
export interface SpanLedger {
  /** The counts as they are now. */
  counts(): SpanCounts;
  /** Puts the ledger between the exporter and the processor. */
  watchExporter(exporter: SpanExporter): SpanExporter;
  /** Puts the ledger in front of the processor. */
  watchProcessor(processor: SpanProcessor): SpanProcessor;
}

/** `ExportResultCode` of the SDK; success. */
const success = 0;

/**
 * Makes a ledger for a processor with a queue of the given size.
 *
 * The SDK's batching processor drops spans beyond its queue in silence, so the ledger refuses them first: it
 * counts what was queued and not yet handed to the exporter, and that is never less than what the processor
 * has in its queue.
 */
export function createSpanLedger(maxQueueSize: number): SpanLedger {
  let started = 0;
  let ended = 0;
  let dropped = 0;
  let handedOver = 0;
  let exported = 0;
  let failed = 0;
  let closed = false;

  return {
    counts: () => ({
      started,
      ended,
      exported,
      failed,
      dropped,
      queued: ended - dropped - exported - failed,
    }),

    watchExporter: (exporter) => ({
      export(spans, report) {
        handedOver += spans.length;
        exporter.export(spans, (result) => {
          if (result.code === success) {
            exported += spans.length;
          } else {
            failed += spans.length;
          }
          // The processor would do nothing with a failure but log it, once for each batch.
          report({ code: success });
        });
      },
      forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
      shutdown: () => exporter.shutdown(),
    }),

    watchProcessor: (processor) => ({
      onStart(span, context) {
        started++;
        processor.onStart(span, context);
      },
      onEnd(span: ReadableSpan) {
        // Spans that are recorded but not sampled are not exported either.
        if ((span.spanContext().traceFlags & 1) === 0) {
          return;
        }
        ended++;
        if (closed || ended - dropped - handedOver > maxQueueSize) {
          dropped++;
          return;
        }
        processor.onEnd(span);
      },
      forceFlush: () => processor.forceFlush(),
      async shutdown() {
        closed = true;
        await processor.shutdown();
      },
    }),
  };
}
