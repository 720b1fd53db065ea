import assert from "node:assert/strict";
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { createLogger, createTracedTransports, readConfig, startServer } from "@envoy-mesh-lab/chassis";
import { eventually } from "@envoy-mesh-lab/chassis/testing";
import { createCafe, createKitchenClients } from "@envoy-mesh-lab/gateway";
import { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";
import { KitchenService } from "@envoy-mesh-lab/proto/kitchen/v1/kitchen_pb.ts";
import { context, propagation, SpanKind, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from "@opentelemetry/core";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

/** Registers an SDK for the process that keeps spans in memory. */
export function registerTracing(): InMemorySpanExporter {
  const exporter = new InMemorySpanExporter();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  );
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
  );
  return exporter;
}

/** A gateway and a kitchen in this process, with real sockets and no proxy between them. */
export interface InProcessMesh {
  /** Where the gateway is. */
  readonly url: string;
  /** The lines that both have logged. */
  readonly lines: Record<string, unknown>[];
  /** The context of the last call that the kitchen was sent. */
  readonly kitchenCall: () => HandlerContext | undefined;
  /** Stops both. */
  stop(): Promise<void>;
}

/** Starts both. @param kitchen The kitchen behind the gateway. */
export async function startMesh(kitchen: ServiceImpl<typeof KitchenService>): Promise<InProcessMesh> {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger({
    serviceName: "mesh",
    level: "info",
    destination: { write: (line: string) => lines.push(JSON.parse(line)) },
  });
  const defaults = { serviceName: "mesh", listen: { host: "127.0.0.1", port: 0 } };
  const { service: config } = readConfig(defaults, {}, { SHUTDOWN_TIMEOUT: "2s", READ_MAX_BYTES: "65536" });
  const counts = { started: 0, ended: 0, exported: 0, failed: 0, dropped: 0, tooLarge: 0, queued: 0 };
  const common = { config, log, telemetry: { counts: () => counts } };

  let lastCall: HandlerContext | undefined;
  const backend = await startServer({
    ...common,
    services: [KitchenService.typeName],
    routes: (router) =>
      router.service(
        KitchenService,
        remember(kitchen, (call) => (lastCall = call)),
      ),
  });
  const transports = createTracedTransports({
    url: `http://127.0.0.1:${backend.address.port}`,
    readMaxBytes: config.readMaxBytes,
    writeMaxBytes: config.writeMaxBytes,
  });
  const gateway = await startServer({
    ...common,
    services: [CafeService.typeName],
    routes: (router) => router.service(CafeService, createCafe(createKitchenClients(transports, "same"))),
  });
  return {
    url: `http://127.0.0.1:${gateway.address.port}`,
    lines,
    kitchenCall: () => lastCall,
    async stop() {
      await gateway.stop();
      await backend.stop();
      transports.close();
    },
  };
}

/** Waits for the three spans of one call and returns them from the gateway's SERVER span inwards. */
export async function chain(exporter: InMemorySpanExporter): Promise<ReadableSpan[]> {
  await eventually("three spans", () => exporter.getFinishedSpans().length >= 3);
  const spans = exporter.getFinishedSpans();
  assert.equal(spans.length, 3);
  const of = (prefix: string, kind: SpanKind) =>
    spans.find((span) => span.name.startsWith(prefix) && span.kind === kind);
  const found = [of("cafe", SpanKind.SERVER), of("kitchen", SpanKind.CLIENT), of("kitchen", SpanKind.SERVER)];
  assert.ok(found.every((span) => span !== undefined));
  return found;
}

/** Tells of the context of each call before it is handled. */
function remember<T extends object>(service: T, tell: (call: HandlerContext) => void): T {
  return new Proxy(service, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      return typeof method === "function"
        ? (request: unknown, call: HandlerContext) => {
            tell(call);
            return method.call(target, request, call);
          }
        : method;
    },
  });
}
