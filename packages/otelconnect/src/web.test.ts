import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import type { Interceptor } from "@connectrpc/connect";
import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { context, metrics, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { EchoService } from "../testing/echo-service.ts";
import { createMetering } from "../testing/metering.ts";
import { endedSpans, registerTracing } from "../testing/tracing.ts";
import { createClientInterceptor as createFullInterceptor } from "./index.ts";
import { maxTextBytes } from "./shorten.ts";
import type { WebClientOptions } from "./web.ts";
import { createClientInterceptor } from "./web.ts";

// The calls of wire.test.ts, browser.test.ts and abandoned.test.ts are made with this entry too.

const exporter = registerTracing();
afterEach(() => exporter.reset());

/** Makes a call to a handler, and gives the headers that came there. */
async function call(
  interceptors: Interceptor[],
  handle: () => { value: string } = () => ({ value: "" }),
): Promise<Headers | undefined> {
  let headers: Headers | undefined;
  const transport = createRouterTransport(
    ({ service }) =>
      service(EchoService, {
        unary(_, { requestHeader }) {
          headers = requestHeader;
          return handle();
        },
      }),
    { transport: { interceptors } },
  );
  await createClient(EchoService, transport)
    .unary({})
    .catch(() => undefined);
  return headers;
}

test("a call has the same span as by the main entry, and no metrics", async () => {
  const metering = createMetering();
  metrics.setGlobalMeterProvider(metering.provider);
  try {
    await call([createClientInterceptor()]);
    assert.deepEqual(await metering.read(), []);
    await call([createFullInterceptor()]);
    assert.equal((await metering.read()).length, 1);
  } finally {
    metrics.disable();
  }
  const [small, full] = exporter.getFinishedSpans();
  const seen = [small, full].map((span) => {
    const { name, kind, attributes, status, instrumentationScope, events, links } = span ?? {};
    return { name, kind, attributes, status, instrumentationScope, events, links };
  });
  assert.equal(seen[0]?.name, "echo.v1.EchoService/Unary");
  assert.deepEqual(seen[0], seen[1]);
});

test("text of a peer is cut", async () => {
  await call([createClientInterceptor()], () => {
    throw new ConnectError("x".repeat(5_000), Code.Internal);
  });
  const [span] = await endedSpans(exporter, 1);
  assert.equal(Buffer.byteLength(span?.status.message ?? ""), maxTextBytes);
});

test("a provider and a propagator of one's own are used", async () => {
  const own = new InMemorySpanExporter();
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: own })] });
  const headers = await call([
    createClientInterceptor({ tracerProvider, propagator: new W3CTraceContextPropagator() }),
  ]);
  const [span] = own.getFinishedSpans();
  assert.equal(headers?.get("traceparent")?.split("-")[2], span?.spanContext().spanId);
  assert.deepEqual(exporter.getFinishedSpans(), []);
});

test("without an SDK, the trace of the caller goes on", async () => {
  trace.disable();
  const caller = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 };
  try {
    const headers = await context.with(trace.setSpanContext(ROOT_CONTEXT, caller), () =>
      call([createClientInterceptor()]),
    );
    assert.equal(headers?.get("traceparent"), `00-${caller.traceId}-${caller.spanId}-01`);
  } finally {
    registerTracing();
  }
});

test("an option that is wrong, or that there is not, is refused by its name", () => {
  for (const [options, message] of [
    [{ spanName: () => "x" }, /"web" has no option "spanName"/],
    [{ constructor: () => {} }, /"web" has no option "constructor"/],
    [{ propagator: {} }, /"propagator" must be an object with inject\(\)/],
    [{ tracerProvider: null }, /"tracerProvider" must be an object with getTracer\(\)/],
  ] as const) {
    assert.throws(() => createClientInterceptor(options as unknown as WebClientOptions), {
      name: "TypeError",
      message,
    });
  }
  createClientInterceptor({ tracerProvider: undefined });
});
