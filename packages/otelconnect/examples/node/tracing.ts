// Sends each span when it has ended to the Collector that OTEL_EXPORTER_OTLP_ENDPOINT names.
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { startNodeSdk } from "@opentelemetry/sdk-node";
import { SimpleSpanProcessor } from "@opentelemetry/sdk-trace";

startNodeSdk({
  spanProcessors: [new SimpleSpanProcessor({ exporter: new OTLPTraceExporter() })],
  metricReaders: [],
  logRecordProcessors: [],
});
