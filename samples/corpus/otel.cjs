// Real instrumentation of node:http and Express, over OTLP to the Collector.
process.env.OTEL_NODE_RESOURCE_DETECTORS = "env";
const { NodeSDK } = require("@opentelemetry/sdk-node");
const { HttpInstrumentation } = require("@opentelemetry/instrumentation-http");
const { ExpressInstrumentation } = require("@opentelemetry/instrumentation-express");
const { OTLPTraceExporter } = require("@opentelemetry/exporter-trace-otlp-http");
const instrumentations = [new HttpInstrumentation()];
if (process.env.EXPRESS) instrumentations.push(new ExpressInstrumentation());
process.env.OTEL_BSP_SCHEDULE_DELAY = "100";
new NodeSDK({
  traceExporter: new OTLPTraceExporter({ url: "http://127.0.0.1:16318/v1/traces" }),
  instrumentations,
}).start();
