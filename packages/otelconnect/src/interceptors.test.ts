import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import type { Interceptor, ServiceImpl } from "@connectrpc/connect";
import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { EchoService } from "../testing/echo-service.ts";
import { endedSpans, eventually, registerTracing } from "../testing/tracing.ts";
import type { ClientOptions } from "./index.ts";
import { createClientInterceptor, createServerInterceptor } from "./index.ts";

const exporter = registerTracing();
afterEach(() => exporter.reset());

const tracer = trace.getTracer("test");

function connect(
  impl: Partial<ServiceImpl<typeof EchoService>>,
  options?: ClientOptions & { before?: Interceptor },
) {
  const { before, ...clientOptions } = options ?? {};
  const transport = createRouterTransport((router) => router.service(EchoService, impl), {
    router: { interceptors: [createServerInterceptor(clientOptions)] },
    transport: { interceptors: [...(before ? [before] : []), createClientInterceptor(clientOptions)] },
  });
  return createClient(EchoService, transport);
}

/** The id of the span that is active right now. */
const activeSpan = () => trace.getActiveSpan()?.spanContext().spanId;

test("a unary call: caller > CLIENT > SERVER, with the span active in the handler", async () => {
  let inHandler: string | undefined;
  const client = connect({
    unary(request) {
      inHandler = activeSpan();
      return request;
    },
  });
  await tracer.startActiveSpan("caller", async (span) => {
    await client.unary({ value: "hi" });
    span.end();
  });
  const [caller, out, into] = await endedSpans(exporter, 3);
  assert.equal(out?.kind, SpanKind.CLIENT);
  assert.equal(into?.kind, SpanKind.SERVER);
  assert.equal(out?.parentSpanContext?.spanId, caller?.spanContext().spanId);
  assert.equal(into?.parentSpanContext?.spanId, out?.spanContext().spanId);
  assert.equal(into?.parentSpanContext?.isRemote, true);
  assert.equal(inHandler, into?.spanContext().spanId);
  for (const span of [out, into]) {
    assert.equal(span?.name, "echo.v1.EchoService/Unary");
    assert.deepEqual(span?.attributes, {
      "rpc.system.name": "connectrpc",
      "rpc.method": "echo.v1.EchoService/Unary",
      "server.address": "in-memory",
      "server.port": 443,
    });
    assert.equal(span?.status.code, SpanStatusCode.UNSET);
  }
});

test("a bidirectional stream: the span is active in every step, on both sides", async () => {
  const onServer = new Set<string | undefined>();
  const onClient = new Set<string | undefined>();
  const client = connect({
    async *bidi(requests) {
      for await (const request of requests) {
        onServer.add(activeSpan());
        yield request;
        onServer.add(activeSpan());
      }
    },
  });
  async function* requests() {
    for (const value of ["a", "b", "c"]) {
      onClient.add(activeSpan());
      yield { value };
    }
  }
  assert.equal((await Array.fromAsync(client.bidi(requests()))).length, 3);
  const [out, into] = await endedSpans(exporter, 2);
  assert.deepEqual([...onServer], [into?.spanContext().spanId]);
  assert.deepEqual([...onClient], [out?.spanContext().spanId]);
});

test("an error of the handler: ERROR for the client, not for the server that told the truth", async () => {
  const client = connect({
    unary() {
      throw new ConnectError("no such thing", Code.NotFound);
    },
  });
  await assert.rejects(client.unary({}), { code: Code.NotFound });
  const [out, into] = await endedSpans(exporter, 2);
  assert.deepEqual(out?.status, { code: SpanStatusCode.ERROR, message: "no such thing" });
  assert.equal(out?.attributes["error.type"], "not_found");
  assert.equal(into?.status.code, SpanStatusCode.UNSET);
  assert.equal(into?.attributes["error.type"], undefined);
  assert.equal(into?.attributes["rpc.status_code"], "not_found");
});

test("an error in mid-stream arrives unchanged and ends both spans", async () => {
  const client = connect({
    async *server() {
      yield { value: "one" };
      throw new ConnectError("broken", Code.DataLoss, { "x-kept": "yes" });
    },
  });
  const received: string[] = [];
  const reading = (async () => {
    for await (const message of client.server({})) {
      received.push(message.value);
    }
  })();
  await assert.rejects(reading, (error: ConnectError) => error.metadata.get("x-kept") === "yes");
  assert.deepEqual(received, ["one"]);
  for (const span of await endedSpans(exporter, 2)) {
    assert.equal(span.attributes["rpc.status_code"], "data_loss");
    assert.equal(span.status.code, SpanStatusCode.ERROR);
  }
});

test("a cancelled stream ends both spans", async () => {
  const client = connect({
    async *server(_request, context) {
      yield { value: "one" };
      await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
    },
  });
  const controller = new AbortController();
  const reading = (async () => {
    for await (const _ of client.server({}, { signal: controller.signal })) {
      controller.abort();
    }
  })();
  await assert.rejects(reading, { code: Code.Canceled });
  const [out, into] = await endedSpans(exporter, 2);
  assert.equal(out?.attributes["rpc.status_code"], "canceled");
  assert.equal(into?.attributes["rpc.status_code"], "canceled");
  assert.equal(into?.status.code, SpanStatusCode.UNSET);
});

test("a deadline ends both spans, even when the handler does not care", async () => {
  let release = () => {};
  const client = connect({
    async unary() {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return {};
    },
  });
  await assert.rejects(client.unary({}, { timeoutMs: 20 }), { code: Code.DeadlineExceeded });
  const spans = await endedSpans(exporter, 2);
  release();
  for (const span of spans) {
    assert.equal(span.attributes["error.type"], "deadline_exceeded");
  }
  await endedSpans(exporter, 2);
});

test("a reader that leaves early and aborts ends the span once", async () => {
  const client = connect({
    async *server() {
      for (;;) {
        yield { value: "more" };
      }
    },
  });
  const controller = new AbortController();
  for await (const _ of client.server({}, { signal: controller.signal })) {
    break;
  }
  controller.abort();
  const spans = await endedSpans(exporter, 2);
  assert.deepEqual(new Set(spans.map((span) => span.attributes["rpc.status_code"])), new Set(["canceled"]));
});

test("headers of a hop before are replaced, and a request without them starts a trace", async () => {
  const traceparents: (string | null)[] = [];
  const before: Interceptor = (next) => (request) => {
    request.header.set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    request.header.set("tracestate", "old=1");
    return next(request);
  };
  const client = connect(
    {
      unary(_request, context) {
        traceparents.push(context.requestHeader.get("traceparent"), context.requestHeader.get("tracestate"));
        return {};
      },
    },
    { before },
  );
  await client.unary({});
  const [out] = await endedSpans(exporter, 2);
  assert.equal(out?.parentSpanContext, undefined);
  const { traceId, spanId } = out?.spanContext() ?? {};
  assert.deepEqual(traceparents, [`00-${traceId}-${spanId}-01`, null]);
});

test("a call that is filtered out has no span and keeps its headers", async () => {
  const traceparents: (string | null)[] = [];
  const client = connect(
    {
      unary(_request, context) {
        traceparents.push(context.requestHeader.get("traceparent"));
        return {};
      },
    },
    { filter: (request) => request.method.name !== "Unary" },
  );
  await client.unary({}, { headers: { traceparent: "untouched" } });
  assert.deepEqual(traceparents, ["untouched"]);
  await endedSpans(exporter, 0);
});

test("a call with a signal that is aborted already has a span that ends", async () => {
  const client = connect({ unary: () => ({}) });
  await assert.rejects(client.unary({}, { signal: AbortSignal.abort() }), { code: Code.Canceled });
  await eventually("the client's span ended", () => exporter.getFinishedSpans().length > 0);
  for (const span of exporter.getFinishedSpans()) {
    assert.equal(span.attributes["rpc.status_code"], "canceled");
  }
});
