import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";
import { BatchSpanProcessor, TraceIdRatioBasedSampler, TracerProvider } from "@opentelemetry/sdk-trace";
import { eventually } from "../testing/index.ts";
import { createSpanLedger } from "./span-ledger.ts";

/** An exporter that answers when it is told to. */
function manualExporter() {
  const waiting: { spans: readonly ReadableSpan[]; answer: (code: number) => void }[] = [];
  const exporter: SpanExporter = {
    export: (spans, report) => {
      waiting.push({
        spans,
        answer: (code) => report({ code, ...(code === 0 ? {} : { error: new Error("no") }) }),
      });
    },
    shutdown: () => Promise.resolve(),
  };
  return { exporter, waiting };
}

function start(maxQueueSize: number, sampled = 1) {
  const { exporter, waiting } = manualExporter();
  const ledger = createSpanLedger(maxQueueSize);
  const batches = new BatchSpanProcessor({
    exporter: ledger.watchExporter(exporter),
    maxQueueSize,
    maxExportBatchSize: maxQueueSize,
    scheduledDelayMillis: 1,
  });
  const processor = ledger.watchProcessor(batches);
  const provider = new TracerProvider({
    spanProcessors: [processor],
    sampler: new TraceIdRatioBasedSampler(sampled),
  });
  const tracer = provider.getTracer("test");
  return {
    ledger,
    waiting,
    processor,
    end: (count: number) => {
      for (let i = 0; i < count; i++) {
        tracer.startSpan("span").end();
      }
    },
  };
}

test("spans are queued, then exported or failed", async () => {
  const { ledger, waiting, end } = start(10);
  end(3);
  assert.deepEqual(ledger.counts(), { started: 3, ended: 3, exported: 0, failed: 0, dropped: 0, queued: 3 });
  (await eventually("a batch", () => waiting.shift())).answer(0);
  assert.deepEqual(ledger.counts(), { started: 3, ended: 3, exported: 3, failed: 0, dropped: 0, queued: 0 });
  end(2);
  (await eventually("a batch", () => waiting.shift())).answer(1);
  assert.deepEqual(ledger.counts(), { started: 5, ended: 5, exported: 3, failed: 2, dropped: 0, queued: 0 });
});

test("spans beyond the queue are counted as dropped, and no others are lost", async () => {
  const { ledger, waiting, processor, end } = start(10);
  end(10);
  const first = await eventually("a batch", () => waiting.shift());
  // The first ten are on their way, so there is room for ten more.
  end(13);
  assert.equal(ledger.counts().dropped, 3);
  first.answer(0);
  void processor.forceFlush();
  const second = await eventually("the next batch", () => waiting.shift());
  second.answer(0);
  assert.deepEqual(first.spans.length + second.spans.length, 20);
  assert.deepEqual(ledger.counts(), {
    started: 23,
    ended: 23,
    exported: 20,
    failed: 0,
    dropped: 3,
    queued: 0,
  });
});

test("spans that end after the stop are counted as dropped", async () => {
  const { ledger, processor, end } = start(10);
  await processor.shutdown();
  end(1);
  assert.equal(ledger.counts().dropped, 1);
});

test("spans that are not sampled are not counted", () => {
  const { ledger, end } = start(10, 0);
  end(5);
  assert.equal(ledger.counts().ended, 0);
});
