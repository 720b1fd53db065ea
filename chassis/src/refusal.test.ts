import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Code, createClient } from "@connectrpc/connect";
import { createTransports, protocols } from "@envoy-mesh-lab/connections";
import { Health } from "@envoy-mesh-lab/proto/grpc/health/v1/health_pb.ts";
import { KitchenService } from "@envoy-mesh-lab/proto/kitchen/v1/kitchen_pb.ts";
import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { eventually } from "../testing/index.ts";
import { readConfig } from "./config.ts";
import { createLogger } from "./logger.ts";
import { startServer } from "./server.ts";
import { noSpans } from "./span-counts.ts";

const exporter = new InMemorySpanExporter();
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
trace.setGlobalTracerProvider(
  new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
);

const traceId = "0af7651916cd43dd8448eb211c80319c";
const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };

/** A kitchen that takes two unary calls and one stream at a time, and answers when it is told to. */
async function startKitchen() {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => lines.push(JSON.parse(line)) };
  const { service: config } = readConfig(
    { serviceName: "kitchen", listen: { host: "127.0.0.1", port: 0 } },
    {},
    { MAX_UNARY_CALLS: "2", MAX_STREAMS: "1" },
  );
  const open = Promise.withResolvers<void>();
  let inside = 0;
  const server = await startServer({
    config,
    log: createLogger({ serviceName: "kitchen", level: "info", destination }),
    telemetry: { counts: () => noSpans },
    services: [KitchenService.typeName],
    routes: (router) =>
      router.service(KitchenService, {
        async brewDrink() {
          inside++;
          await open.promise;
          return {};
        },
        async *watchBrew() {
          inside++;
          await open.promise;
          yield {};
        },
      }),
  });
  return { server, lines, open: open.resolve, inside: () => inside };
}

for (const protocol of protocols) {
  suite(`a server that is full, over ${protocol}`, () => {
    test("refuses at once, with a span and a line in the log, and each kind by itself", async (t) => {
      exporter.reset();
      const { server, lines, open, inside } = await startKitchen();
      const transports = createTransports({ url: `http://127.0.0.1:${server.address.port}` });
      t.after(async () => {
        open();
        transports.close();
        await server.stop();
      });
      const kitchen = createClient(KitchenService, transports[protocol]);
      const health = createClient(Health, transports[protocol]);

      const taken: Promise<unknown>[] = [kitchen.brewDrink({}), kitchen.brewDrink({})];
      await eventually("two calls inside", () => inside() === 2);
      const large = { drink: "x".repeat(100_000) };
      await assert.rejects(kitchen.brewDrink(large, { headers }), {
        code: Code.Unavailable,
        rawMessage: "the server has 2 unary calls at a time, which is all it takes; try again later",
      });
      taken.push(Array.fromAsync(kitchen.watchBrew({})));
      await eventually("a stream inside", () => inside() === 3);
      await assert.rejects(Array.fromAsync(kitchen.watchBrew(large, { headers })), {
        code: Code.Unavailable,
      });
      assert.equal((await health.check({})).status, 1);

      const refused = lines.filter(({ code }) => code === "unavailable");
      assert.deepEqual(
        refused.map((line) => [line["rpc.method"], line.trace_id]),
        ["BrewDrink", "WatchBrew"].map((name) => [`${KitchenService.typeName}/${name}`, traceId]),
      );
      const spans = exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === traceId);
      assert.deepEqual(
        spans.map(({ attributes }) => String(attributes["error.type"]).toLowerCase()),
        ["unavailable", "unavailable"],
      );

      open();
      await Promise.all(taken);
      assert.equal(inside(), 3);
      // There is room again as soon as the answers have left.
      await eventually("room", () =>
        kitchen.brewDrink({}).then(
          () => true,
          () => false,
        ),
      );
    });
  });
}
