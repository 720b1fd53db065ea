import assert from "node:assert/strict";
import { test } from "node:test";
import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { TraceIdRatioBasedSampler, TracerProvider } from "@opentelemetry/sdk-trace";
import { eventually } from "../testing/index.ts";
import type { BoundedSpan } from "./bounded-span.ts";
import { noSpans } from "./span-counts.ts";
import type { Delivered } from "./span-delivery.ts";
import { createSpanQueue } from "./span-queue.ts";

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

interface Batch {
  readonly spans: readonly BoundedSpan[];
  /** Says what became of it. Default: all were taken. */
  answer(delivered?: Partial<Delivered>): void;
  readonly hadActiveSpan: boolean;
}

/** A queue in front of a delivery that answers when it is told to. */
function start({
  sampled = 1,
  ...options
}: Partial<Parameters<typeof createSpanQueue>[0]> & { sampled?: number } = {}) {
  const batches: Batch[] = [];
  let abandoned = false;
  const queue = createSpanQueue({
    delivery: {
      deliver: (spans) =>
        new Promise((resolve) => {
          const all = { exported: spans.length, failed: 0, tooLarge: 0 };
          const hadActiveSpan = trace.getActiveSpan() !== undefined;
          batches.push({ spans, answer: (delivered) => resolve({ ...all, ...delivered }), hadActiveSpan });
        }),
      abandon: () => {
        abandoned = true;
      },
    },
    maxSpans: 100,
    maxBytes: 1_000_000,
    maxBatchSpans: 10,
    scheduleDelayMs: 1,
    flushTimeoutMs: 60_000,
    ...options,
  });
  const provider = new TracerProvider({
    spanProcessors: [queue],
    sampler: new TraceIdRatioBasedSampler(sampled),
  });
  const tracer = provider.getTracer("test");
  const end = (count: number, name = "span") => {
    for (let i = 0; i < count; i++) {
      tracer.startActiveSpan(name, (span) => span.end());
    }
  };
  const batch = () => eventually("a batch", () => batches.shift());
  return { queue, batches, batch, end, isAbandoned: () => abandoned };
}

test("spans are queued, then sent together, and counted by what became of them", async () => {
  const { queue, batch, end } = start();
  end(5);
  assert.deepEqual(queue.counts(), { ...noSpans, started: 5, ended: 5, queued: 5 });
  const first = await batch();
  assert.equal(first.spans.length, 5);
  assert.equal(first.hadActiveSpan, false);
  first.answer({ exported: 2, failed: 2, tooLarge: 1 });
  await eventually("counts", () => queue.counts().queued === 0);
  assert.deepEqual(queue.counts(), { ...noSpans, started: 5, ended: 5, exported: 2, failed: 2, tooLarge: 1 });
});

test("a full batch does not wait, and several are on their way at a time, but not any number", async () => {
  const { queue, batches, end } = start({ scheduleDelayMs: 60_000 });
  end(9);
  assert.equal(batches.length, 0);
  end(1);
  assert.equal(batches.length, 1);
  end(85);
  assert.equal(batches.length, 4);
  batches[0]?.answer();
  await eventually("the next batch", () => batches.length === 5);
  assert.equal(queue.counts().queued, 85);
});

test("spans beyond the queue are counted as dropped, those on their way count, and no others are lost", async () => {
  const { queue, batches, end } = start({ maxSpans: 20 });
  end(23);
  assert.equal(queue.counts().dropped, 3);
  for (let sent = 0; sent < 20; sent += batches[0]?.spans.length ?? 0, batches.shift()?.answer()) {
    await eventually("a batch", () => batches.length > 0);
  }
  await eventually("an empty queue", () => queue.counts().queued === 0);
  assert.equal(queue.counts().exported, 20);
  end(1);
  assert.equal(queue.counts().dropped, 3, "there is room again");
});

test("the queue is bounded by bytes too, and so are batches", async () => {
  const kilobyte = "x".repeat(1_000);
  const full = start({ maxBytes: 50_000, scheduleDelayMs: 60_000 });
  full.end(100, kilobyte);
  const { queued, dropped } = full.queue.counts();
  assert.ok(queued > 30 && queued < 50 && queued + dropped === 100, `${queued} queued`);

  const wide = start({
    maxSpans: 10_000,
    maxBytes: 100_000_000,
    maxBatchSpans: 10_000,
    scheduleDelayMs: 60_000,
  });
  wide.end(2_000, kilobyte);
  const [batch] = wide.batches;
  assert.ok(batch, "a mebibyte does not wait for more spans");
  const bytes = batch.spans.reduce((sum, it) => sum + it.bytes, 0);
  assert.ok(bytes > 900_000 && bytes <= 1_048_576, `${bytes} bytes`);
});

test("the stop sends what is left, takes nothing more, and counts what there is no time for", async () => {
  const patient = start({ scheduleDelayMs: 60_000 });
  patient.end(3);
  const stopping = patient.queue.shutdown();
  (await patient.batch()).answer();
  await stopping;
  patient.end(1);
  assert.deepEqual(patient.queue.counts(), { ...noSpans, started: 4, ended: 4, exported: 3, dropped: 1 });

  const hasty = start({ flushTimeoutMs: 5 });
  hasty.end(3);
  await hasty.queue.shutdown();
  assert.deepEqual(hasty.queue.counts(), { ...noSpans, started: 3, ended: 3, failed: 3 });
  assert.ok(hasty.isAbandoned());
  (await hasty.batch()).answer();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(hasty.queue.counts().failed, 3, "an answer that comes too late changes nothing");
});

test("two flushes at a time both end", { timeout: 10_000 }, async () => {
  const { queue, batch, end } = start({ scheduleDelayMs: 60_000 });
  end(1);
  const flushes = Promise.all([queue.forceFlush(), queue.forceFlush()]);
  (await batch()).answer();
  await flushes;
});

test("spans that are not sampled are not counted", () => {
  const { queue, end } = start({ sampled: 0 });
  end(5);
  assert.equal(queue.counts().ended, 0);
});
