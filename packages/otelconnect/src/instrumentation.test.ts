import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { afterEach, suite, test } from "node:test";
import type * as Connect from "@connectrpc/connect";
import type * as ConnectWeb from "@connectrpc/connect-web";
import { metrics, trace } from "@opentelemetry/api";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { EchoService } from "../testing/echo-service.ts";
import { createMetering } from "../testing/metering.ts";
import { registerTracing } from "../testing/tracing.ts";
import { createClientInterceptor, createServerInterceptor } from "./index.ts";
import { ConnectInstrumentation } from "./instrumentation.ts";

const exporter = registerTracing();
const instrumentation = new ConnectInstrumentation();
// CommonJS needs no loader, and what it loads from here on is instrumented.
const require = createRequire(import.meta.url);
const connect: typeof Connect = require("@connectrpc/connect");
const web: typeof ConnectWeb = require("@connectrpc/connect-web");

afterEach(() => {
  instrumentation.enable();
  instrumentation.setConfig();
  exporter.reset();
});

const echo = { unary: ({ value }: { value: string }) => ({ value }) };

async function call(options?: Parameters<typeof connect.createRouterTransport>[1]): Promise<void> {
  await callBy(connect.createRouterTransport((router) => router.service(EchoService, echo), options));
}

async function callBy(transport: Connect.Transport): Promise<void> {
  await connect.createClient(EchoService, transport).unary({ value: "hello" });
}

const kinds = () => exporter.getFinishedSpans().map(({ kind }) => kind);
const names = () => exporter.getFinishedSpans().map(({ name }) => name);
const bothKinds = [1, 2];

suite("the interceptors are added", () => {
  test("where there are no options", async () => {
    await call();
    assert.deepEqual(kinds(), bothKinds);
  });

  test("to options that are frozen", async () => {
    await call(Object.freeze({ router: Object.freeze({}), transport: Object.freeze({ interceptors: [] }) }));
    assert.deepEqual(kinds(), bothKinds);
  });

  test("to a service and a method that name interceptors of their own", async () => {
    const options = { interceptors: [] };
    for (const routes of [
      (router: Connect.ConnectRouter) => router.service(EchoService, echo, options),
      (router: Connect.ConnectRouter) => router.rpc(EchoService.method.unary, echo.unary, options),
    ]) {
      exporter.reset();
      await callBy(connect.createRouterTransport(routes));
      assert.deepEqual(kinds(), bothKinds);
    }
  });

  test("to a router that is made without options, which stays the router that it was", () => {
    const router = connect.createConnectRouter();
    assert.equal(router.service(EchoService, echo), router);
    assert.equal(router.handlers.length, Object.keys(EchoService.method).length);
  });

  test("once, where they are there", async () => {
    await call({
      router: { interceptors: [createServerInterceptor({ spanName: () => "own server" })] },
      transport: { interceptors: [createClientInterceptor({ spanName: () => "own client" })] },
    });
    assert.deepEqual(names(), ["own server", "own client"]);
  });

  test("with nothing else changed: options that are read with each call are read with each call", async () => {
    const asked: string[] = [];
    const options = {
      baseUrl: "http://127.0.0.1/one",
      interceptors: [] as Connect.Interceptor[],
      fetch: (async (input) => {
        asked.push(String(input));
        return Response.json("hello");
      }) as typeof fetch,
    };
    const transport = web.createConnectTransport(options);
    await callBy(transport);
    options.baseUrl = "http://127.0.0.1/two";
    let seen: string | undefined;
    options.interceptors.push((next) => (request) => {
      seen = trace.getActiveSpan()?.spanContext().spanId;
      return next(request);
    });
    await callBy(transport);
    assert.deepEqual(
      asked.map((url) => url.split("/")[3]),
      ["one", "two"],
    );
    assert.equal(seen, exporter.getFinishedSpans().at(-1)?.spanContext().spanId);
    assert.equal(options.interceptors.length, 1, "the list is as its owner has made it");
  });

  test("what is wrong for Connect is as wrong as before", () => {
    assert.throws(
      () => Reflect.apply(web.createConnectTransport, undefined, [undefined]).unary(),
      /undefined/,
    );
    assert.throws(() => connect.createConnectRouter({ grpc: false, grpcWeb: false, connect: false }), {
      rawMessage: "cannot create handler, all protocols are disabled",
    });
  });

  test("by functions that look as they did", () => {
    assert.equal(connect.createRouterTransport.name, "createRouterTransport");
    assert.equal(connect.createRouterTransport.length, 2);
    assert.equal(Object.keys(connect).includes("createConnectRouter"), true);
  });
});

suite("the instrumentation", () => {
  test("can be switched off and on, for transports that are there", async () => {
    const transport = connect.createRouterTransport((router) => router.service(EchoService, echo));
    instrumentation.disable();
    await callBy(transport);
    assert.deepEqual(kinds(), []);
    instrumentation.enable();
    await callBy(transport);
    assert.deepEqual(kinds(), bothKinds);
  });

  test("can be told of options, for transports that are there", async () => {
    const transport = connect.createRouterTransport((router) => router.service(EchoService, echo));
    instrumentation.setConfig({ server: { filter: () => false }, client: { spanName: () => "as told" } });
    await callBy(transport);
    assert.deepEqual(names(), ["as told"]);
  });

  test("uses the providers that it is given", async () => {
    const own = new InMemorySpanExporter();
    const metering = createMetering();
    instrumentation.setTracerProvider(
      new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: own })] }),
    );
    instrumentation.setMeterProvider(metering.provider);
    await call();
    instrumentation.setTracerProvider(trace.getTracerProvider());
    assert.deepEqual(kinds(), []);
    assert.equal(own.getFinishedSpans().length, 2);
    assert.equal(
      (await metering.read()).map(({ metric }) => metric).includes("rpc.client.call.duration"),
      true,
    );
  });

  test("records metrics with a global provider that comes later", async () => {
    // As registerInstrumentations does, before an SDK is started.
    instrumentation.setMeterProvider(metrics.getMeterProvider());
    const metering = createMetering();
    metrics.setGlobalMeterProvider(metering.provider);
    await call();
    metrics.disable();
    assert.equal(
      (await metering.read()).map(({ metric }) => metric).includes("rpc.server.call.duration"),
      true,
    );
  });

  test("refuses options that are wrong or unknown, and names them", () => {
    const wrong = (config: object) => () => new ConnectInstrumentation({ enabled: false, ...config });
    assert.throws(wrong({ clients: {} }), /no option "clients"; there are enabled, client, server/);
    assert.throws(wrong({ client: { trustRemote: false } }), /no option "trustRemote"/);
    assert.throws(
      wrong({ server: { trustRemote: "no" } }),
      /"trustRemote" must be true, false or a function/,
    );
    assert.throws(wrong({ server: false }), /the options must be an object/);
  });
});
