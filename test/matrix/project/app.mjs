// @ts-nocheck The types of the releases that it runs with differ; what it may rely on is what it asserts.
// Calls of each kind over each protocol and transport, in the releases that are installed beside it, and what must have come of
// them: node app.mjs <package of spans> by-code, or node --import @envoy-mesh-lab/otelconnect/register app.mjs ... from-outside
import assert from "node:assert/strict";
import * as http from "node:http";
import * as http2 from "node:http2";
import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import * as node from "@connectrpc/connect-node";
import * as web from "@connectrpc/connect-web";
import { createClientInterceptor, createServerInterceptor } from "@envoy-mesh-lab/otelconnect";
import { context, metrics, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { EchoService } from "./echo.mjs";

const [tracePackage, how] = process.argv.slice(2);
const sdk = await import(tracePackage);

const exporter = new sdk.InMemorySpanExporter();
// SDK 3 has other names, and takes options by name.
const provider =
  sdk.TracerProvider === undefined
    ? new sdk.BasicTracerProvider({ spanProcessors: [new sdk.SimpleSpanProcessor(exporter)] })
    : new sdk.TracerProvider({ spanProcessors: [new sdk.SimpleSpanProcessor({ exporter })] });
class OnDemandReader extends MetricReader {
  async onShutdown() {}
  async onForceFlush() {}
}
const reader = new OnDemandReader();
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
trace.setGlobalTracerProvider(provider);
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));

const client = how === "by-code" ? [createClientInterceptor()] : [];
const server = how === "by-code" ? [createServerInterceptor()] : [];
const routes = (router) =>
  router.service(EchoService, {
    unary({ value }) {
      assert.equal(trace.getActiveSpan()?.name, "echo.v1.EchoService/Unary");
      if (value === "") throw new ConnectError("nothing was said", Code.InvalidArgument);
      return { value };
    },
    async *server({ value }) {
      yield { value };
      yield { value };
    },
    async client(requests) {
      let value = "";
      for await (const request of requests) value += request.value;
      return { value };
    },
    async *bidi(requests) {
      for await (const { value } of requests) yield { value };
    },
  });

async function* words() {
  yield { value: "a" };
  yield { value: "b" };
}

async function read(stream) {
  const values = [];
  for await (const { value } of stream) values.push(value);
  return values;
}

let calls = 0;
/** Makes the calls that a transport can, and counts them. */
async function call(transport, { streamsRequests }) {
  const echo = createClient(EchoService, transport);
  assert.equal((await echo.unary({ value: "hello" })).value, "hello");
  await assert.rejects(echo.unary({ value: "" }), { code: Code.InvalidArgument });
  assert.deepEqual(await read(echo.server({ value: "hello" })), ["hello", "hello"]);
  calls += 3;
  if (!streamsRequests) return;
  assert.equal((await echo.client(words())).value, "ab");
  assert.deepEqual(await read(echo.bidi(words())), ["a", "b"]);
  calls += 2;
}

async function listen(made) {
  await new Promise((resolve) => made.listen(0, "127.0.0.1", resolve));
  made.unref();
  return `http://127.0.0.1:${made.address().port}`;
}

const handler = () => node.connectNodeAdapter({ interceptors: server, routes });
const url1 = await listen(http.createServer(handler()));
const url2 = await listen(http2.createServer(handler()));
const all = { streamsRequests: true };
const options1 = { baseUrl: url1, httpVersion: "1.1", interceptors: client };
const options2 = { baseUrl: url2, httpVersion: "2", interceptors: client };
await call(node.createGrpcTransport({ baseUrl: url2, interceptors: client }), all);
await call(node.createConnectTransport(options2), all);
await call(node.createGrpcWebTransport(options2), all);
await call(node.createConnectTransport(options1), { streamsRequests: false });
await call(node.createGrpcWebTransport(options1), { streamsRequests: false });
await call(web.createConnectTransport({ baseUrl: url1, interceptors: client }), { streamsRequests: false });
await call(web.createGrpcWebTransport({ baseUrl: url1, interceptors: client }), { streamsRequests: false });
await call(
  createRouterTransport(routes, { router: { interceptors: server }, transport: { interceptors: client } }),
  all,
);

const deadline = Date.now() + 10_000;
while (exporter.getFinishedSpans().length < 2 * calls && Date.now() < deadline) {
  await new Promise((resolve) => setTimeout(resolve, 5));
}
const spans = exporter.getFinishedSpans();
assert.equal(spans.length, 2 * calls, "a span at each end of each call");
const byId = new Map(spans.map((span) => [span.spanContext().spanId, span]));
const servers = spans.filter(({ kind }) => kind === SpanKind.SERVER);
assert.equal(servers.length, calls);
for (const span of servers) {
  // SDK 1 has the id alone.
  const parent = byId.get(span.parentSpanContext?.spanId ?? span.parentSpanId);
  assert.equal(parent?.kind, SpanKind.CLIENT, "below its client's");
  assert.equal(parent.spanContext().traceId, span.spanContext().traceId);
  assert.equal(parent.name, span.name);
  assert.match(span.name, /^echo\.v1\.EchoService\/(Unary|Server|Client|Bidi)$/);
  const isFailed = parent.status.code === SpanStatusCode.ERROR;
  assert.equal(isFailed, /^invalid_argument$/i.test(String(span.attributes["rpc.status_code"])));
}
const failed = spans.filter(({ status }) => status.code === SpanStatusCode.ERROR);
assert.equal(failed.length, 8, "the client's spans of the calls that failed, one a transport");

const { resourceMetrics } = await reader.collect();
const counts = {};
for (const { descriptor, dataPoints } of resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)) {
  counts[descriptor.name] = dataPoints.reduce((sum, { value }) => sum + value.count, 0);
}
assert.deepEqual(counts, { "rpc.client.call.duration": calls, "rpc.server.call.duration": calls });
console.log(`${calls} calls, ${spans.length} spans`);
process.exit();
