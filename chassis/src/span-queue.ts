import { setTimeout as wait } from "node:timers/promises";
import { context as contexts, ROOT_CONTEXT, TraceFlags } from "@opentelemetry/api";
import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace";
import type { BoundedSpan } from "./bounded-span.ts";
import { boundSpan } from "./bounded-span.ts";
import type { SpanCounts } from "./span-counts.ts";
import { noSpans } from "./span-counts.ts";
import type { SpanDelivery } from "./span-delivery.ts";

/** How much a queue holds, and when it sends. */
export interface SpanQueueOptions {
  readonly delivery: SpanDelivery;
  /** Most spans that wait or are on their way; those beyond are dropped. */
  readonly maxSpans: number;
  /** Most bytes that they take, as an OTLP request would have them; spans beyond are dropped. */
  readonly maxBytes: number;
  /** Most spans that go together. */
  readonly maxBatchSpans: number;
  /** How long a span waits for others to go with it, in milliseconds. */
  readonly scheduleDelayMs: number;
  /** How long what is left is tried to be sent at the end, in milliseconds. */
  readonly flushTimeoutMs: number;
}

/** A queue of spans, as a processor of the SDK. */
export interface SpanQueue extends SpanProcessor {
  /** What became of the spans so far. */
  counts(): SpanCounts;
}

/**
 * Most bytes of a batch of more than one span: a quarter of the 4 MiB that a Collector takes by default, so that there is
 * room for a stricter one or a proxy, and for the resource and the scopes.
 */
const maxBatchBytes = 1_048_576;

/** Most batches on their way at a time: one that waits for its answer is not to hold up all that come after it. */
const maxBatchesInFlight = 4;

/**
 * Makes a queue that sends ended spans in batches, and counts what becomes of each.
 *
 * It stands in for the SDK's batching processor, which bounds spans but not their bytes, drops without a word, and has one
 * export on its way at a time.
 */
export function createSpanQueue(options: SpanQueueOptions): SpanQueue {
  const { delivery, maxSpans, maxBytes, maxBatchSpans, scheduleDelayMs, flushTimeoutMs } = options;
  const counts = { ...noSpans };
  const waiting: BoundedSpan[] = [];
  let waitingBytes = 0;
  let inFlightBytes = 0;
  let inFlight = 0;
  let timer: NodeJS.Timeout | undefined;
  let draining = 0;
  let closed = false;
  let over = false;
  const idlers: (() => void)[] = [];

  function queued(): number {
    const { ended, exported, failed, dropped, tooLarge } = counts;
    return ended - exported - failed - dropped - tooLarge;
  }

  /** Sends what is due, as far as there is room on the way; `all` that waits, or what fills a batch. */
  function pump(all = draining > 0): void {
    while (
      waiting.length > 0 &&
      inFlight < maxBatchesInFlight &&
      (all || waiting.length >= maxBatchSpans || waitingBytes >= maxBatchBytes)
    ) {
      void send(takeBatch());
    }
    if (waiting.length > 0) {
      timer ??= setTimeout(onTime, scheduleDelayMs).unref();
    } else if (inFlight === 0) {
      for (const resolve of idlers.splice(0)) {
        resolve();
      }
    }
  }

  function onTime(): void {
    timer = undefined;
    pump(true);
  }

  function takeBatch(): BoundedSpan[] {
    let bytes = 0;
    const end = waiting.findIndex((it, i) => {
      bytes += it.bytes;
      return i === maxBatchSpans || (i > 0 && bytes > maxBatchBytes);
    });
    return waiting.splice(0, end === -1 ? waiting.length : end);
  }

  async function send(batch: readonly BoundedSpan[]): Promise<void> {
    const bytes = batch.reduce((sum, it) => sum + it.bytes, 0);
    waitingBytes -= bytes;
    inFlightBytes += bytes;
    inFlight++;
    // Not in the context of whichever span happened to fill the batch.
    const { exported, failed, tooLarge } = await contexts.with(ROOT_CONTEXT, () => delivery.deliver(batch));
    if (over) {
      return;
    }
    inFlight--;
    inFlightBytes -= bytes;
    counts.exported += exported;
    counts.failed += failed;
    counts.tooLarge += tooLarge;
    pump();
  }

  /** Sends all that waits, without waiting for more. Resolves when nothing is left. */
  async function drain(): Promise<void> {
    draining++;
    await new Promise<void>((resolve) => {
      idlers.push(resolve);
      pump();
    });
    draining--;
  }

  return {
    counts: () => ({ ...counts, queued: queued() }),
    onStart() {
      counts.started++;
    },
    onEnd(span: ReadableSpan) {
      // Spans that are recorded but not sampled are not exported either.
      if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) {
        return;
      }
      const bounded = boundSpan(span);
      const isFull = queued() >= maxSpans || waitingBytes + inFlightBytes + bounded.bytes > maxBytes;
      counts.ended++;
      if (closed || isFull) {
        counts.dropped++;
        return;
      }
      waitingBytes += bounded.bytes;
      waiting.push(bounded);
      pump();
    },
    forceFlush: drain,
    async shutdown() {
      closed = true;
      const drained = new AbortController();
      const late = wait(flushTimeoutMs, undefined, { signal: drained.signal }).catch(() => undefined);
      await Promise.race([drain(), late]);
      drained.abort();
      over = true;
      clearTimeout(timer);
      delivery.abandon();
      counts.failed += queued();
    },
  };
}
