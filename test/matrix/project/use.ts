// Uses what the package offers, as a stranger's program in TypeScript might; it is compiled and never run.
import type { Interceptor } from "@connectrpc/connect";
import { createContextValues } from "@connectrpc/connect";
import type {
  ClientOptions,
  MessageOfCall,
  RpcRequest,
  ServerOptions,
  StreamTracing,
} from "@envoy-mesh-lab/otelconnect";
import {
  createClientInterceptor,
  createServerInterceptor,
  createTraceContextPropagator,
  spanKey,
} from "@envoy-mesh-lab/otelconnect";
import { ConnectInstrumentation } from "@envoy-mesh-lab/otelconnect/instrumentation";
import "@envoy-mesh-lab/otelconnect/register";
import type { Span, TextMapPropagator } from "@opentelemetry/api";
import { metrics, trace } from "@opentelemetry/api";

const stream = (request: RpcRequest): StreamTracing => (request.stream ? "link" : "span");
const propagator: TextMapPropagator = createTraceContextPropagator();

const clientOptions: ClientOptions = {
  tracerProvider: trace.getTracerProvider(),
  meterProvider: metrics.getMeterProvider(),
  propagator,
  filter: (request) => request.method.name !== "Check",
  attributeFilter: (key, value, request) => key !== "server.port" && value !== request.url,
  attributes: (request, response) => ({ method: request.method.name, answered: response !== undefined }),
  baggage: ["tenant"],
  requestHeaders: ["x-tenant"],
  responseHeaders: undefined,
  spanName: (request) => request.service.typeName,
  messageEvents: ({ type, id, request }: MessageOfCall) => type === "SENT" && id < 3 && request.stream,
  messageMetrics: true,
  messageSize: (schema, message) => schema.typeName.length + message.$typeName.length,
  stream,
};
const serverOptions: ServerOptions = {
  trustRemote: (request) => request.header.has("x-internal"),
  traceResponse: true,
  stream: "none",
};
export const interceptors: Interceptor[] = [
  createClientInterceptor(),
  createClientInterceptor(clientOptions),
  createServerInterceptor(serverOptions),
];
export const instrumentation = new ConnectInstrumentation({
  enabled: false,
  client: clientOptions,
  server: serverOptions,
});
export const span: Span | undefined = createContextValues().get(spanKey);

// @ts-expect-error An option of the server alone.
createClientInterceptor({ trustRemote: false });
// @ts-expect-error An option that does not exist.
createServerInterceptor({ spanNames: () => "x" });
