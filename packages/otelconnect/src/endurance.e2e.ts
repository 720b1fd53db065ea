import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { createClient, createRouterTransport } from "@connectrpc/connect";
import { collectGarbage } from "@envoy-mesh-lab/connections/testing";
import { EchoService } from "../testing/echo-service.ts";
import { createMetering } from "../testing/metering.ts";
import { registerSpanCounts } from "../testing/tracing.ts";
import { createClientInterceptor, createServerInterceptor } from "./index.ts";

const counts = registerSpanCounts();
const metering = createMetering();
const options = { meterProvider: metering.provider, messageMetrics: true };
/** A client of a service in the same process, with our interceptors at both ends or with none. */
function connect(isTraced: boolean) {
  return createClient(
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
        router: { interceptors: isTraced ? [createServerInterceptor(options)] : [] },
        transport: { interceptors: isTraced ? [createClientInterceptor(options)] : [] },
      },
    ),
  );
}

/** The heap in bytes, once all garbage is collected. */
async function heap(): Promise<number> {
  await collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** How much a heap may differ between two looks at it for other reasons, in bytes; code that is compiled, for example. */
const noise = 2 * 2 ** 20;

test("200,000 calls leave nothing behind", async (t) => {
  const client = connect(true);
  const make = async (calls: number) => {
    for (let i = 0; i < calls; i++) await client.unary({ value: "hello" });
  };
  await make(20_000);
  const before = await heap();
  await make(200_000);
  const grown = (await heap()) - before;
  t.diagnostic(`the heap has grown by ${(grown / 1024).toFixed(0)} KiB`);
  assert.ok(grown < noise, `${grown} bytes, ${grown / 200_000} a call`);
  assert.deepEqual([counts.started, counts.ended], [440_000, 440_000]);
});

const minutes = 60;
const streams = 1_000;

/** Keeps streams open, with a message each way in each minute, and returns what the heap has grown by since the second. */
async function growthOf(client: ReturnType<typeof connect>, nextMinute: () => void): Promise<number> {
  // One for each minute, as a stream may come to its end of a minute when the next has begun.
  const over = Array.from({ length: minutes }, () => Promise.withResolvers<void>());
  async function* requests() {
    for (const { promise } of over) {
      yield { value: "still here" };
      await promise;
    }
  }
  const readers = Array.from({ length: streams }, () => client.bidi(requests())[Symbol.asyncIterator]());
  const sizes = new Map<number, number>();
  for (const [minute, { resolve }] of over.entries()) {
    for (const { value } of await Promise.all(readers.map((it) => it.next()))) {
      assert.equal(value?.value, "still here");
    }
    if (minute === 1 || minute === minutes - 1) sizes.set(minute, await heap());
    nextMinute();
    resolve();
  }
  for (const { done } of await Promise.all(readers.map((it) => it.next()))) assert.equal(done, true);
  return (sizes.get(minutes - 1) ?? Number.NaN) - (sizes.get(1) ?? Number.NaN);
}

/**
 * What may come on top for each message, in bytes. Connect 2.3 keeps a reaction for each until the stream ends
 * (docs/upstream/messages-of-stream-are-kept.md), and Node keeps with it the context that was active, of which each step has its
 * own. Nothing of ours is to be kept beside.
 */
const contextOfReaction = 256;

test("1,000 streams that are open for an hour hold no more of each message than the context of its step", async (t) => {
  let now = performance.now();
  const clock = mock.method(performance, "now", () => now);
  const nextMinute = () => {
    now += 60_000;
  };
  try {
    const startedBefore = counts.started;
    const bare = await growthOf(connect(false), nextMinute);
    assert.equal(counts.started, startedBefore);
    const grown = (await growthOf(connect(true), nextMinute)) - bare;
    t.diagnostic(
      `${(grown / 1024).toFixed(0)} KiB more than the ${(bare / 1024).toFixed(0)} KiB of bare streams`,
    );
    assert.ok(grown < contextOfReaction * streams * minutes, `${grown} bytes`);
    assert.equal(counts.started - startedBefore, 2 * streams);
    assert.equal(counts.ended, counts.started);
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
