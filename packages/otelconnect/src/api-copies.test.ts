import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { createClient, createRouterTransport } from "@connectrpc/connect";
import { trace } from "@opentelemetry/api";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { EchoService } from "../testing/echo-service.ts";
import { createClientInterceptor, createServerInterceptor } from "./index.ts";
import { ConnectInstrumentation } from "./instrumentation.ts";

/** What a set-up in CommonJS has; ours is the one for ES modules. */
const other = createRequire(import.meta.url)("@opentelemetry/api") as { trace: typeof trace };
const exporter = new InMemorySpanExporter();

test("what is registered with another copy of OpenTelemetry's API, later, makes the spans", async () => {
  assert.notEqual(other.trace, trace);
  const transport = createRouterTransport(
    ({ service }) => service(EchoService, { unary: ({ value }) => ({ value }) }),
    {
      router: { interceptors: [createServerInterceptor()] },
      transport: { interceptors: [createClientInterceptor()] },
    },
  );
  const client = createClient(EchoService, transport);
  await client.unary({ value: "before" });
  other.trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
  );
  await client.unary({ value: "after" });
  assert.equal(exporter.getFinishedSpans().length, 2);
});

test("an instrumentation that was given the stand-in of another copy takes what is registered", () => {
  const instrumentation = new ConnectInstrumentation();
  instrumentation.setTracerProvider(new TracerProvider());
  // Read by what calls it, for the next call.
  const given = () => (instrumentation as unknown as { tracerProvider: unknown }).tracerProvider;
  assert.ok(given() instanceof TracerProvider);
  instrumentation.setTracerProvider(other.trace.getTracerProvider());
  assert.equal(given(), undefined);
});
