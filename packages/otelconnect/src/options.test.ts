import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { DiagLogger } from "@opentelemetry/api";
import { context as contexts, diag, propagation, ROOT_CONTEXT, SpanKind, trace } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  InMemorySpanExporter,
  SamplingDecision,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { connectInMemory } from "../testing/in-memory.ts";
import { createMetering } from "../testing/metering.ts";
import { endedSpans, registerTracing } from "../testing/tracing.ts";

const exporter = registerTracing();
afterEach(() => {
  exporter.reset();
  diag.disable();
});

const remote = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 };
const traceparent = `00-${remote.traceId}-${remote.spanId}-01`;
/** Lets a test write the propagation headers itself. */
const untraced = { filter: () => false };

/** Collects what goes to the diagnostic logger. */
function listenToDiagnostics(): string[] {
  const errors: string[] = [];
  const log = (...args: unknown[]) => void errors.push(args.join(" "));
  const logger: DiagLogger = { error: log, warn() {}, info() {}, debug() {}, verbose() {} };
  diag.setLogger(logger, { suppressOverrideMessage: true });
  return errors;
}

test("tracerProvider and propagator stand in for the global ones", async () => {
  const own = new InMemorySpanExporter();
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: own })] });
  const seen: (string | null)[] = [];
  const options = { tracerProvider, propagator: new W3CTraceContextPropagator() };
  const client = connectInMemory(
    {
      unary(_request, context) {
        seen.push(context.requestHeader.get("baggage"));
        return {};
      },
    },
    { client: options, server: options },
  );
  const baggage = propagation.createBaggage({ user: { value: "me" } });
  await contexts.with(propagation.setBaggage(ROOT_CONTEXT, baggage), () => client.unary({}));
  assert.equal((await endedSpans(own, 2)).length, 2);
  assert.equal(exporter.getFinishedSpans().length, 0);
  assert.deepEqual(seen, [null]);
});

test("baggage travels with the global propagator", async () => {
  const seen: unknown[] = [];
  const client = connectInMemory({
    unary() {
      seen.push(propagation.getActiveBaggage()?.getEntry("user")?.value);
      return {};
    },
  });
  const baggage = propagation.createBaggage({ user: { value: "me" } });
  await contexts.with(propagation.setBaggage(ROOT_CONTEXT, baggage), () => client.unary({}));
  assert.deepEqual(seen, ["me"]);
});

for (const [what, trustRemote, trusted] of [
  ["by default", undefined, true],
  ["true", true, true],
  ["false", false, false],
  ["a function that says yes", () => true, true],
  ["a function that says no", () => false, false],
  [
    "a function that throws",
    () => {
      throw new Error("oops");
    },
    false,
  ],
] as const) {
  test(`trustRemote: ${what}`, async () => {
    const baggage: unknown[] = [];
    const impl = {
      unary() {
        baggage.push(propagation.getActiveBaggage()?.getEntry("user")?.value);
        return {};
      },
    };
    const client = connectInMemory(impl, { client: untraced, server: { trustRemote } });
    await client.unary({}, { headers: { traceparent, baggage: "user=stranger" } });
    const [span] = await endedSpans(exporter, 1);
    assert.equal(span?.kind, SpanKind.SERVER);
    assert.equal(span?.spanContext().traceId === remote.traceId, trusted);
    assert.equal(span?.parentSpanContext?.spanId, trusted ? remote.spanId : undefined);
    assert.deepEqual(
      span?.links.map((link) => link.context.spanId),
      trusted ? [] : [remote.spanId],
    );
    assert.deepEqual(baggage, [trusted ? "stranger" : undefined]);
  });
}

test("a stranger without a trace has nothing to link to", async () => {
  const client = connectInMemory({ unary: () => ({}) }, { client: untraced, server: { trustRemote: false } });
  await client.unary({});
  const [span] = await endedSpans(exporter, 1);
  assert.deepEqual(span?.links, []);
});

test("headers are captured on request only, of errors too", async () => {
  const sides = { requestHeaders: ["X-Tenant", "x-absent"], responseHeaders: ["x-shard"] };
  const impl = {
    unary(request: { value: string }, context: { responseHeader: Headers }) {
      if (request.value === "fail") {
        throw new ConnectError("no", Code.NotFound, { "x-shard": "seven" });
      }
      context.responseHeader.set("x-shard", "seven");
      context.responseHeader.set("x-other", "private");
      return {};
    },
  };
  const client = connectInMemory(impl, { client: sides, server: sides });
  const headers = { "x-tenant": "acme", authorization: "Bearer secret" };
  await client.unary({}, { headers });
  await assert.rejects(client.unary({ value: "fail" }, { headers }));
  for (const span of await endedSpans(exporter, 4)) {
    const captured = Object.entries(span.attributes).filter(([key]) => key.includes("header"));
    assert.deepEqual(Object.fromEntries(captured), {
      "rpc.request.header.x-tenant": ["acme"],
      "rpc.response.header.x-shard": ["seven"],
    });
    assert.equal(JSON.stringify(span.attributes).includes("secret"), false);
  }
});

test("headers of a stream are captured", async () => {
  const client = connectInMemory(
    {
      async *server(_request, context) {
        context.responseHeader.set("x-shard", "seven");
        yield {};
      },
    },
    { client: { responseHeaders: ["x-shard"] }, server: untraced },
  );
  await Array.fromAsync(client.server({}));
  const [span] = await endedSpans(exporter, 1);
  assert.deepEqual(span?.attributes["rpc.response.header.x-shard"], ["seven"]);
});

test("headers of a stream that fails or is cancelled after them are captured, on both sides", async () => {
  const sides = { responseHeaders: ["x-shard"] };
  const client = connectInMemory(
    {
      async *server(request, context) {
        context.responseHeader.set("x-shard", "seven");
        yield {};
        if (request.value === "fail") {
          throw new ConnectError("no", Code.Internal);
        }
        await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
      },
    },
    { client: sides, server: sides },
  );
  await assert.rejects(Array.fromAsync(client.server({ value: "fail" })));
  const controller = new AbortController();
  await assert.rejects(async () => {
    for await (const _ of client.server({}, { signal: controller.signal })) {
      controller.abort();
    }
  });
  for (const span of await endedSpans(exporter, 4)) {
    const what = `${SpanKind[span.kind]}, ${span.attributes["rpc.status_code"]}`;
    assert.deepEqual(span.attributes["rpc.response.header.x-shard"], ["seven"], what);
  }
});

test("spanName names the span, and the method stands in for what is no name", async () => {
  const names = ["mine", "", undefined];
  const client = connectInMemory(
    { unary: () => ({}) },
    { client: { spanName: () => names.shift() as string }, server: untraced },
  );
  await client.unary({});
  await client.unary({});
  await client.unary({});
  const spans = await endedSpans(exporter, 3);
  const method = "echo.v1.EchoService/Unary";
  assert.deepEqual(
    spans.map((span) => span.name),
    ["mine", method, method],
  );
  assert.equal(spans[0]?.attributes["rpc.method"], method);
});

test("attributeFilter keeps attributes from spans, and samplers see what is left", async () => {
  const sampled: string[][] = [];
  const tracerProvider = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
    sampler: {
      shouldSample(_context, _traceId, _name, _kind, attributes) {
        sampled.push(Object.keys(attributes).toSorted());
        return { decision: SamplingDecision.RECORD_AND_SAMPLED };
      },
      toString: () => "spy",
    },
  });
  const client = connectInMemory(
    {
      unary() {
        throw new ConnectError("no", Code.NotFound);
      },
    },
    {
      client: {
        tracerProvider,
        attributeFilter: (key) => key !== "server.port" && key !== "rpc.status_code",
      },
      server: untraced,
    },
  );
  await assert.rejects(client.unary({}));
  const [span] = await endedSpans(exporter, 1);
  assert.deepEqual(sampled, [["rpc.method", "rpc.system.name", "server.address"]]);
  assert.deepEqual(Object.keys(span?.attributes ?? {}).toSorted(), [
    "error.type",
    "rpc.method",
    "rpc.system.name",
    "server.address",
  ]);
});

test("messageEvents tells of each message, with its size where that is measured", async () => {
  const messageSize = (schema: Parameters<typeof toBinary>[0], message: Parameters<typeof toBinary>[1]) =>
    toBinary(schema, message).byteLength;
  const client = connectInMemory(
    {
      async *bidi(requests) {
        for await (const request of requests) {
          yield request;
        }
      },
    },
    { client: { messageEvents: true, messageSize }, server: { messageEvents: true } },
  );
  async function* two() {
    yield { value: "a" };
    yield { value: "abc" };
  }
  await Array.fromAsync(client.bidi(two()));
  const [out, into] = await endedSpans(exporter, 2);
  const told = (span: typeof out) =>
    span?.events
      .map(({ name, attributes }) => [name, ...Object.values(attributes ?? {})].join(" "))
      .toSorted();
  assert.deepEqual(told(out), [
    "rpc.message RECEIVED 1 3",
    "rpc.message RECEIVED 2 5",
    "rpc.message SENT 1 3",
    "rpc.message SENT 2 5",
  ]);
  assert.deepEqual(told(into), [
    "rpc.message RECEIVED 1",
    "rpc.message RECEIVED 2",
    "rpc.message SENT 1",
    "rpc.message SENT 2",
  ]);
});

test("messages are not measured for a span that nobody records, nor for metrics that nobody asked for", async () => {
  const measured: string[] = [];
  const tracerProvider = new TracerProvider({
    sampler: {
      shouldSample: () => ({ decision: SamplingDecision.NOT_RECORD }),
      toString: () => "never",
    },
  });
  const watch = (side: string) => ({
    messageEvents: true,
    messageSize: () => measured.push(side),
    tracerProvider,
    meterProvider: createMetering().provider,
  });
  const client = connectInMemory(
    {
      async *server() {
        yield {};
      },
    },
    { client: watch("client"), server: watch("server") },
  );
  await Array.fromAsync(client.server({}));
  assert.deepEqual(measured, []);
});

test("functions that throw harm no call and are reported", async () => {
  const errors = listenToDiagnostics();
  const raise = (): never => {
    throw new Error("oops");
  };
  const options = {
    filter: raise,
    attributeFilter: raise,
    spanName: raise,
    messageEvents: true,
    messageSize: raise,
  };
  const client = connectInMemory({ unary: (request) => request }, { client: options, server: options });
  assert.equal((await client.unary({ value: "hi" })).value, "hi");
  const [out] = await endedSpans(exporter, 2);
  assert.equal(out?.name, "echo.v1.EchoService/Unary");
  assert.deepEqual(out?.attributes, {});
  for (const name of ["filter", "attributeFilter", "spanName", "messageSize"]) {
    assert.ok(
      errors.some((error) => error.includes(name) && error.includes("oops")),
      name,
    );
  }
});

test("a provider and a propagator that throw harm no call", async () => {
  const errors = listenToDiagnostics();
  const raise = (): never => {
    throw new Error("oops");
  };
  const tracerProvider = { getTracer: () => ({ startSpan: raise, startActiveSpan: raise }) };
  const propagator = { inject: raise, extract: raise, fields: raise };
  const client = connectInMemory(
    { unary: (request) => request },
    { client: { tracerProvider }, server: { propagator } },
  );
  assert.equal((await client.unary({ value: "hi" })).value, "hi");
  assert.equal(errors.length, 2);
});

test("a propagator and a meter provider that throw leave no span open", async () => {
  const errors = listenToDiagnostics();
  const raise = (): never => {
    throw new Error("oops");
  };
  const propagator = { inject: raise, extract: raise, fields: () => ["traceparent"] };
  const meterProvider = { getMeter: raise };
  const client = connectInMemory(
    { unary: (request) => request },
    { client: { propagator }, server: { meterProvider } },
  );
  assert.equal((await client.unary({ value: "hi" })).value, "hi");
  const kinds = (await endedSpans(exporter, 2)).map((span) => span.kind);
  assert.deepEqual(kinds.toSorted(), [SpanKind.SERVER, SpanKind.CLIENT]);
  assert.equal(errors.length, 2);
});

test("a span that throws harms no message", async () => {
  const errors = listenToDiagnostics();
  const raise = (): never => {
    throw new Error("oops");
  };
  const real = new TracerProvider();
  const tracerProvider = {
    getTracer: (name: string) => {
      const tracer = real.getTracer(name);
      return {
        startSpan: (...args: Parameters<typeof tracer.startSpan>) =>
          Object.assign(tracer.startSpan(...args), { addEvent: raise, setAttributes: raise, end: raise }),
        startActiveSpan: raise,
      };
    },
  };
  const options = { tracerProvider, messageEvents: true };
  const client = connectInMemory(
    {
      unary: (request) => request,
      async *bidi(requests) {
        yield* requests;
      },
    },
    { client: options, server: options },
  );
  async function* two() {
    yield { value: "a" };
    yield { value: "b" };
  }
  assert.equal((await client.unary({ value: "hi" })).value, "hi");
  assert.deepEqual(
    (await Array.fromAsync(client.bidi(two()))).map(({ value }) => value),
    ["a", "b"],
  );
  assert.equal(errors.filter((error) => error.includes("recording a message")).length, 12);
  assert.equal(errors.filter((error) => error.includes("the end of a call")).length, 4);
});

test("a span that takes no attributes at its end ends nevertheless", async () => {
  const errors = listenToDiagnostics();
  const ends: string[] = [];
  const real = new TracerProvider();
  const tracerProvider = {
    getTracer: (scope: string) => {
      const tracer = real.getTracer(scope);
      return {
        startSpan: (...args: Parameters<typeof tracer.startSpan>) =>
          Object.assign(tracer.startSpan(...args), {
            setAttributes: () => {
              throw new Error("oops");
            },
            end: () => ends.push(args[0]),
          }),
        startActiveSpan: () => assert.fail("spans are made active by the interceptor"),
      };
    },
  };
  const options = { tracerProvider };
  const client = connectInMemory(
    {
      unary: () => {
        throw new ConnectError("no", Code.NotFound);
      },
    },
    { client: options, server: options },
  );
  await assert.rejects(client.unary({}), { code: Code.NotFound });
  assert.equal(ends.length, 2);
  assert.equal(errors.filter((error) => error.includes("the end of a call")).length, 2);
});

test("a parent that is not sampled is the parent still, and nothing is recorded", async () => {
  const seen: unknown[] = [];
  const client = connectInMemory({
    async *server() {
      yield {};
      seen.push(trace.getActiveSpan()?.spanContext());
    },
  });
  const parent = trace.setSpanContext(ROOT_CONTEXT, { ...remote, traceFlags: 0 });
  await contexts.with(parent, () => Array.fromAsync(client.server({})));
  const [active] = seen as { traceId: string; traceFlags: number }[];
  assert.equal(active?.traceId, remote.traceId);
  assert.equal(active?.traceFlags, 0);
  assert.deepEqual(exporter.getFinishedSpans(), []);
});
