import { createRequire, syncBuiltinESMExports } from "node:module";
import { context, metrics, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  CompositePropagator,
  ExportResultCode,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from "@opentelemetry/core";
import {
  AggregationTemporality,
  DataPointType,
  MeterProvider,
  MetricReader,
} from "@opentelemetry/sdk-metrics";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { SpanSample } from "./protocol.ts";
import type { Variant } from "./variants.ts";

/** What came out of the SDK of one process. */
export interface Telemetry {
  /** Sends everything that waits, then returns how much was sent since the start, and what a span looks like. */
  flush(): Promise<{ spans: number; recorded: number; sample: SpanSample | undefined }>;
}

/**
 * Registers the variant's SDK, the same for every variant that has one: a BatchSpanProcessor with its defaults, in
 * front of an exporter that counts the spans and drops them. Patches the module that the variant instruments; the
 * module must not have been loaded before.
 */
export async function installSdk({ sdk, instrumentation }: Variant): Promise<Telemetry> {
  if (sdk === "none") {
    return { flush: () => Promise.resolve({ spans: 0, recorded: 0, sample: undefined }) };
  }
  let spans = 0;
  let last: ReadableSpan | undefined;
  const processor = new BatchSpanProcessor({
    exporter: {
      export(batch, done) {
        spans += batch.length;
        last = batch.at(-1) ?? last;
        done({ code: ExportResultCode.SUCCESS });
      },
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    },
  });
  const tracerProvider = new TracerProvider({ spanProcessors: [processor] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  );
  trace.setGlobalTracerProvider(tracerProvider);
  const reader = new OnDemandReader();
  if (sdk === "metrics") {
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  }
  await instrument(instrumentation);
  return {
    async flush() {
      await tracerProvider.forceFlush();
      return {
        spans,
        recorded: sdk === "metrics" ? await reader.recordedCalls() : 0,
        sample: last && { name: last.name, kind: last.kind, attributes: last.attributes },
      };
    },
  };
}

/** Patches a module as `require` loads it. */
async function instrument(instrumentation: Variant["instrumentation"]): Promise<void> {
  const require = createRequire(import.meta.url);
  if (instrumentation === "http") {
    const { HttpInstrumentation } = await import("@opentelemetry/instrumentation-http");
    new HttpInstrumentation().enable();
    require("node:http");
    // connect-node imports node:http, and an import sees what was patched only after this.
    syncBuiltinESMExports();
  } else if (instrumentation === "grpc") {
    const { GrpcInstrumentation } = await import("@opentelemetry/instrumentation-grpc");
    new GrpcInstrumentation().enable();
    require("@grpc/grpc-js");
  }
}

/** Collects when asked, so that no timer falls into a measurement. */
class OnDemandReader extends MetricReader {
  constructor() {
    super({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE });
  }

  /** How many calls the call duration histograms have recorded since the start. */
  async recordedCalls(): Promise<number> {
    const { resourceMetrics } = await this.collect();
    let count = 0;
    for (const metric of resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)) {
      if (
        metric.dataPointType === DataPointType.HISTOGRAM &&
        metric.descriptor.name.endsWith(".call.duration")
      ) {
        for (const point of metric.dataPoints) count += point.value.count;
      }
    }
    return count;
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }

  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
}
