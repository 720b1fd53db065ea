import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { createClient, createRouterTransport } from "@connectrpc/connect";
import { collectGarbage } from "@envoy-mesh-lab/connections/testing";
import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { TracerProvider } from "@opentelemetry/sdk-trace";
import { EchoService } from "../testing/echo-service.ts";
import { createMetering } from "../testing/metering.ts";
import { createClientInterceptor, createServerInterceptor } from "./index.ts";

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
let started = 0;
let ended = 0;
trace.setGlobalTracerProvider(
  new TracerProvider({
    // Keeps nothing, so that what grows is not the spans themselves.
    spanProcessors: [
      {
        onStart: () => started++,
        onEnd: () => ended++,
        forceFlush: () => Promise.resolve(),
        shutdown: () => Promise.resolve(),
      },
    ],
  }),
);
const metering = createMetering();
const options = { meterProvider: metering.provider, messageMetrics: true };
const client = createClient(
  EchoService,
  createRouterTransport(
    ({ service }) =>
      service(EchoService, {
        unary: ({ value }) => ({ value }),
        async *bidi(requests) {
          for await (const { value } of requests) yield { value };
        },
      }),
    {
      router: { interceptors: [createServerInterceptor(options)] },
      transport: { interceptors: [createClientInterceptor(options)] },
    },
  ),
);

/** The heap in bytes, once all garbage is collected. */
async function heap(): Promise<number> {
  await collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** How much a heap may differ between two looks at it for other reasons, in bytes; code that is compiled, for example. */
const noise = 2 * 2 ** 20;

test("200,000 calls leave nothing behind", async (t) => {
  const make = async (calls: number) => {
    for (let i = 0; i < calls; i++) await client.unary({ value: "hello" });
  };
  await make(20_000);
  const before = await heap();
  await make(200_000);
  const grown = (await heap()) - before;
  t.diagnostic(`the heap has grown by ${(grown / 1024).toFixed(0)} KiB`);
  assert.ok(grown < noise, `${grown} bytes, ${grown / 200_000} a call`);
  assert.deepEqual([started, ended], [440_000, 440_000]);
});

test("1,000 streams that are open for an hour hold no more at its end than in its first minute", async (t) => {
  const minutes = 60;
  const streams = 1_000;
  let now = performance.now();
  const clock = mock.method(performance, "now", () => now);
  try {
    const startedBefore = started;
    const controllers = Array.from({ length: streams }, () => Promise.withResolvers<void>());
    let minute = Promise.withResolvers<void>();
    async function* requests() {
      for (let i = 0; i < minutes; i++) {
        yield { value: "still here" };
        await minute.promise;
      }
    }
    const readers = controllers.map(() => client.bidi(requests())[Symbol.asyncIterator]());
    const sizes: number[] = [];
    for (let i = 0; i < minutes; i++) {
      for (const { value } of await Promise.all(readers.map((it) => it.next()))) {
        assert.equal(value?.value, "still here");
      }
      sizes.push(await heap());
      now += 60_000;
      const over = minute;
      minute = Promise.withResolvers();
      over.resolve();
    }
    for (const { done } of await Promise.all(readers.map((it) => it.next()))) assert.equal(done, true);
    const grown = (sizes.at(-1) ?? 0) - (sizes[1] ?? 0);
    t.diagnostic(`the heap has grown by ${(grown / 1024).toFixed(0)} KiB in ${minutes} minutes`);
    assert.ok(grown < noise, `${grown} bytes`);
    assert.equal(started - startedBefore, 2 * streams);
    assert.equal(ended, started);
    const durations = (await metering.read()).filter(
      ({ metric, attributes }) =>
        /duration/.test(metric) && attributes["rpc.method"] === "echo.v1.EchoService/Bidi",
    );
    assert.equal(durations.length, 2);
    for (const { sum, count } of durations) {
      assert.equal(count, streams);
      assert.equal(Math.round(sum / count), 60 * minutes, "seconds");
    }
  } finally {
    clock.mock.restore();
  }
});
