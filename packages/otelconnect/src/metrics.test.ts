import assert from "node:assert/strict";
import { test } from "node:test";
import { toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createContextKey } from "@connectrpc/connect";
import { createNoopMeter, metrics, ProxyTracerProvider, SpanKind } from "@opentelemetry/api";
import {
  AlwaysOffSampler,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { connectInMemory } from "../testing/in-memory.ts";
import type { HistogramPoint } from "../testing/metering.ts";
import { createMetering } from "../testing/metering.ts";
import { eventually } from "../testing/tracing.ts";

const method = "echo.v1.EchoService/Unary";
const client = {
  "rpc.system.name": "connectrpc",
  "rpc.method": method,
  "server.address": "in-memory",
  "server.port": 443,
};
const server = { "rpc.system.name": "connectrpc", "rpc.method": method };

test("the duration of each call is recorded, sampled or not", async () => {
  const metering = createMetering();
  const options = {
    meterProvider: metering.provider,
    tracerProvider: new TracerProvider({ sampler: new AlwaysOffSampler() }),
  };
  const caller = connectInMemory(
    {
      unary(request) {
        if (request.value === "fail") {
          throw new ConnectError("no", Code.NotFound);
        }
        return request;
      },
    },
    { client: options, server: options },
  );
  await caller.unary({});
  await caller.unary({});
  await assert.rejects(caller.unary({ value: "fail" }));
  const points = await metering.read();
  assert.deepEqual(
    points.map(({ metric, unit, attributes, count }) => ({ metric, unit, attributes, count })),
    [
      { metric: "rpc.client.call.duration", unit: "s", attributes: client, count: 2 },
      {
        metric: "rpc.client.call.duration",
        unit: "s",
        attributes: { ...client, "rpc.status_code": "not_found", "error.type": "not_found" },
        count: 1,
      },
      { metric: "rpc.server.call.duration", unit: "s", attributes: server, count: 2 },
      {
        metric: "rpc.server.call.duration",
        unit: "s",
        attributes: { ...server, "rpc.status_code": "not_found" },
        count: 1,
      },
    ],
  );
  for (const { boundaries, sum } of points) {
    assert.deepEqual(boundaries, [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]);
    assert.ok(sum > 0 && sum < 5, `${sum} is not a duration in seconds`);
  }
});

test("messages are counted and measured on request", async () => {
  const metering = createMetering();
  const options = {
    meterProvider: metering.provider,
    messageMetrics: true,
    messageSize: (schema: Parameters<typeof toBinary>[0], message: Parameters<typeof toBinary>[1]) =>
      toBinary(schema, message).byteLength,
  };
  const caller = connectInMemory(
    {
      async client(requests) {
        await Array.fromAsync(requests);
        return { value: "done" };
      },
    },
    { client: options, server: options },
  );
  async function* three() {
    for (const value of ["a", "b", "c"]) {
      yield { value };
    }
  }
  await caller.client(three());
  const found = Object.fromEntries(
    (await metering.read()).map(({ metric, count, sum }) => [metric, [count, sum]]),
  );
  for (const side of ["client", "server"]) {
    assert.deepEqual(found[`rpc.${side}.requests_per_rpc`], [1, 3]);
    assert.deepEqual(found[`rpc.${side}.responses_per_rpc`], [1, 1]);
    assert.deepEqual(found[`rpc.${side}.request.size`], [3, 9]);
    assert.deepEqual(found[`rpc.${side}.response.size`], [1, 6]);
  }
});

test("a stream that was cancelled is measured once", async () => {
  const metering = createMetering();
  const options = { meterProvider: metering.provider };
  const caller = connectInMemory(
    {
      async *server(_request, context) {
        yield {};
        await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
      },
    },
    { client: options, server: options },
  );
  const controller = new AbortController();
  await assert.rejects(async () => {
    for await (const _ of caller.server({}, { signal: controller.signal })) {
      controller.abort();
    }
  });
  // On 2.2, the interceptor gives Connect some turns to say that the reader left, which only 2.3 does.
  let points: HistogramPoint[] = [];
  await eventually("both sides are measured", async () => {
    points = await metering.read();
    return points.length === 2;
  });
  assert.deepEqual(
    points.map(({ count, attributes }) => [count, attributes["rpc.status_code"]]),
    [
      [1, "canceled"],
      [1, "canceled"],
    ],
  );
});

test("an interceptor can be kept to traces or to metrics", async () => {
  const metering = createMetering();
  metrics.setGlobalMeterProvider(metering.provider);
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  try {
    const caller = connectInMemory(
      { unary: (request) => request },
      {
        client: { tracerProvider, meterProvider: { getMeter: () => createNoopMeter() } },
        server: { tracerProvider: new ProxyTracerProvider() },
      },
    );
    await caller.unary({});
    assert.deepEqual(
      exporter.getFinishedSpans().map(({ kind }) => kind),
      [SpanKind.CLIENT],
    );
    const points = await metering.read();
    assert.deepEqual(
      points.map(({ metric, count }) => [metric, count]),
      [["rpc.server.call.duration", 1]],
    );
  } finally {
    metrics.disable();
  }
});

test("a global meter provider that comes late is used from then on", async () => {
  const caller = connectInMemory({ unary: (request) => request });
  await caller.unary({});
  const metering = createMetering();
  metrics.setGlobalMeterProvider(metering.provider);
  try {
    await caller.unary({});
    const points = await metering.read();
    assert.deepEqual(
      points.map(({ metric, count }) => [metric, count]),
      [
        ["rpc.client.call.duration", 1],
        ["rpc.server.call.duration", 1],
      ],
    );
  } finally {
    metrics.disable();
  }
});

test("metricAttributes adds what a handler knows to the durations, and to nothing else", async () => {
  const metering = createMetering();
  const exporter = new InMemorySpanExporter();
  const tenant = createContextKey("nobody");
  const caller = connectInMemory(
    {
      unary({ value }, { values }) {
        values.set(tenant, value);
        if (value === "refused") {
          throw new ConnectError("no", Code.PermissionDenied);
        }
        return { value };
      },
    },
    {
      client: { meterProvider: metering.provider },
      server: {
        meterProvider: metering.provider,
        tracerProvider: new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
        metricAttributes: ({ contextValues }, response) => ({
          "app.tenant": contextValues.get(tenant),
          "app.answered": response !== undefined,
          "app.secret": "left out",
          // What the call has by itself stays.
          "rpc.method": "other",
        }),
        attributeFilter: (key) => key !== "app.secret",
      },
    },
  );
  await caller.unary({ value: "one" });
  await assert.rejects(caller.unary({ value: "refused" }));
  const points = await metering.read();
  assert.deepEqual(
    points.filter(({ metric }) => metric === "rpc.server.call.duration").map(({ attributes }) => attributes),
    [
      { ...server, "app.tenant": "one", "app.answered": true },
      { ...server, "app.tenant": "refused", "app.answered": false, "rpc.status_code": "permission_denied" },
    ],
  );
  assert.ok(
    points.some(
      ({ metric, attributes }) => metric === "rpc.client.call.duration" && !("app.tenant" in attributes),
    ),
  );
  assert.deepEqual(
    exporter
      .getFinishedSpans()
      .flatMap((span) => Object.keys(span.attributes).filter((key) => key.startsWith("app."))),
    [],
  );
});

test("a metricAttributes that throws costs neither the call nor its duration", async () => {
  const metering = createMetering();
  const caller = connectInMemory(
    { unary: (request) => request },
    {
      server: {
        meterProvider: metering.provider,
        metricAttributes: () => {
          throw new Error("as asked");
        },
      },
    },
  );
  await caller.unary({});
  assert.deepEqual(
    (await metering.read()).map(({ attributes }) => attributes),
    [server],
  );
});
