import { createTraceContextPropagator } from "@envoy-mesh-lab/otelconnect";
import { CompositePropagator, W3CBaggagePropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

/** The browser's name in traces. */
const serviceName = "page";

/** Spans leave as soon as those of the mesh do, in milliseconds (the default is 5 s): a trace is to be complete when one looks for it. */
const exportDelayMs = 100;

/** How many spans wait at most while the server is away; the oldest are kept. */
const queueSpans = 2048;

/**
 * Makes the spans of this browser. They go to the page's own server, which passes them on to the Collector, so that the Collector
 * needs to answer no page.
 */
export const tracerProvider = new TracerProvider({
  resource: resourceFromAttributes({ "service.name": serviceName }),
  spanProcessors: [
    new BatchSpanProcessor({
      exporter: new OTLPTraceExporter({ url: `${location.origin}/v1/traces` }),
      scheduledDelayMillis: exportDelayMs,
      maxQueueSize: queueSpans,
    }),
  ],
});

/** Writes a trace into the headers of a call. */
export const propagator = new CompositePropagator({
  propagators: [createTraceContextPropagator(), new W3CBaggagePropagator()],
});
