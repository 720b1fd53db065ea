// Sends spans to the Collector that the binding OTLP_ENDPOINT names.
import { env } from "cloudflare:workers";
import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

const url = `${env.OTLP_ENDPOINT}/v1/traces`;
const provider = new TracerProvider({
  spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url }) })],
});
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
trace.setGlobalTracerProvider(provider);

/** A worker must ask before it sends: nothing of it goes on once the answers are given that it was asked to wait for. */
export const flush = (): Promise<void> => provider.forceFlush();
