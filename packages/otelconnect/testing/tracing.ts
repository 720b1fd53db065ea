import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from "@opentelemetry/core";
import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

/** Counts how often `end` was called on each span, which the SDK itself passes over in silence but for a line in its log. */
export function createEndCounter(): SpanProcessor & { readonly ends: ReadonlyMap<string, number> } {
  const ends = new Map<string, number>();
  return {
    ends,
    onStart(span) {
      const { spanId } = span.spanContext();
      const end = span.end.bind(span);
      ends.set(spanId, 0);
      span.end = (time) => {
        ends.set(spanId, (ends.get(spanId) ?? 0) + 1);
        end(time);
      };
    },
    onEnd() {},
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
}

/** Registers an SDK for the whole process that counts spans and keeps none, so that what grows is not the spans themselves. */
export function registerSpanCounts(): { readonly started: number; readonly ended: number } {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const counts = { started: 0, ended: 0 };
  const counter: SpanProcessor = {
    onStart: () => counts.started++,
    onEnd: () => counts.ended++,
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [counter] }));
  return counts;
}

/** Registers an SDK for the whole process that keeps spans in memory. */
export function registerTracing(...processors: SpanProcessor[]): InMemorySpanExporter {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    spanProcessors: [...processors, new SimpleSpanProcessor({ exporter })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  );
  trace.setGlobalTracerProvider(provider);
  return exporter;
}

/** Waits until a condition holds. @throws after twenty seconds, naming what was waited for. */
export async function eventually(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > deadline) {
      throw new Error(`never came true: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Waits for a number of ended spans and returns them parents first. */
export async function endedSpans(exporter: InMemorySpanExporter, count: number): Promise<ReadableSpan[]> {
  await eventually(`${count} ended spans`, () => exporter.getFinishedSpans().length >= count);
  // A span that ends twice or too many spans would come right after.
  await new Promise((resolve) => setImmediate(resolve));
  const spans = exporter.getFinishedSpans();
  if (spans.length !== count) {
    throw new Error(`expected ${count} spans, there are ${spans.map((span) => span.name).join(", ")}`);
  }
  const byId = new Map(spans.map((span) => [span.spanContext().spanId, span]));
  function depth(span: ReadableSpan | undefined): number {
    return span === undefined ? 0 : 1 + depth(byId.get(span.parentSpanContext?.spanId ?? ""));
  }
  return spans.toSorted((a, b) => depth(a) - depth(b));
}
