// An app that exports two traces over the protocol that it is told, to where its environment says, as SDKs do.
import { SpanKind } from "@opentelemetry/api";
import { OTLPTraceExporter as GrpcExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

const [protocol, exitCode = "0"] = process.argv.slice(2);
const options = process.env.COMPRESS ? { compression: /** @type {any} */ ("gzip") } : {};
const exporter =
  protocol === "grpc"
    ? new GrpcExporter(options)
    : protocol === "http/json"
      ? new JsonExporter(options)
      : new ProtoExporter(options);
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
const tracer = provider.getTracer("test");
for (const name of ["first", "second"]) {
  tracer.startSpan(name, { kind: SpanKind.SERVER, attributes: { "rpc.method": name } }).end();
}
await provider.shutdown();
console.log("exported");
process.exitCode = Number(exitCode);
