import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import type { StreamRequest, StreamResponse, UnaryRequest, UnaryResponse } from "@connectrpc/connect";
import { createContextValues } from "@connectrpc/connect";
import { context as contexts, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { AlwaysOffSampler, TracerProvider } from "@opentelemetry/sdk-trace";
import { EchoService } from "../testing/echo-service.ts";
import { createMetering } from "../testing/metering.ts";
import type { Options } from "./index.ts";
import { createClientInterceptor, createServerInterceptor } from "./index.ts";

// No SDK is registered in this process until a test says so, so the order of the tests matters.

async function* nothing() {}

function common(method: "unary" | "bidi") {
  return {
    service: EchoService,
    method: EchoService.method[method],
    requestMethod: "POST",
    url: `http://127.0.0.1:1/echo.v1.EchoService/${method}`,
    signal: new AbortController().signal,
    header: new Headers({ "content-type": "application/grpc" }),
    contextValues: createContextValues(),
  };
}
const unary = () => ({ ...common("unary"), stream: false, message: {} }) as unknown as UnaryRequest;
const bidi = () => ({ ...common("bidi"), stream: true, message: nothing() }) as unknown as StreamRequest;

type Exchange = (request: UnaryRequest | StreamRequest) => Promise<{
  /** What the next in line was given and what it gave. */
  readonly inner: { readonly request: unknown; readonly response: unknown };
  /** What the interceptor gave. */
  readonly response: UnaryResponse | StreamResponse;
}>;

function exchangeThrough(
  make: (options: Options) => ReturnType<typeof createClientInterceptor>,
  options = {},
): Exchange {
  return async (request) => {
    const headers = {
      header: new Headers(),
      trailer: new Headers(),
      service: EchoService,
      method: request.method,
    };
    const answer = { ...headers, stream: request.stream, message: request.stream ? nothing() : {} };
    let received: unknown;
    const response = await make(options)((given) => {
      received = given;
      return Promise.resolve(answer as unknown as UnaryResponse);
    })(request);
    return { inner: { request: received, response: answer }, response };
  };
}

for (const make of [createClientInterceptor, createServerInterceptor]) {
  for (const request of [unary(), bidi()]) {
    test(`${make.name} wraps nothing without an SDK, stream: ${request.stream}`, async () => {
      const { inner, response } = await exchangeThrough(make)(request);
      assert.equal(inner.request, request);
      assert.equal(response, inner.response);
      assert.deepEqual(getEventListeners(request.signal, "abort"), []);
      assert.deepEqual([...request.header.keys()], ["content-type"]);
    });
  }
}

test("a call that is not sampled is neither listened to nor observed", async () => {
  contexts.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const tracerProvider = new TracerProvider({ sampler: new AlwaysOffSampler() });
  const request = bidi();
  await exchangeThrough(createServerInterceptor, { tracerProvider })(request);
  assert.deepEqual(getEventListeners(request.signal, "abort"), []);
});

test("metrics alone are enough to listen, and let go at the end", async () => {
  const request = bidi();
  const { response } = await exchangeThrough(createServerInterceptor, {
    meterProvider: createMetering().provider,
  })(request);
  assert.equal(getEventListeners(request.signal, "abort").length, 1);
  await Array.fromAsync(response.message as AsyncIterable<unknown>);
  assert.deepEqual(getEventListeners(request.signal, "abort"), []);
});

test("without an SDK, a propagator still passes the caller's trace on", async () => {
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const incoming = unary();
  incoming.header.set("traceparent", traceparent);
  const outgoing = unary();
  await createServerInterceptor()(async () => {
    assert.equal(trace.getActiveSpan()?.spanContext().spanId, "b7ad6b7169203331");
    const { response } = await exchangeThrough(createClientInterceptor)(outgoing);
    return response;
  })(incoming);
  assert.equal(outgoing.header.get("traceparent"), traceparent);
});
