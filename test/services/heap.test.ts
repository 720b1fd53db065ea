import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import type { CallOptions, Transport } from "@connectrpc/connect";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import type { ServiceProcess } from "@envoy-mesh-lab/chassis/testing";
import { eventually, startService } from "@envoy-mesh-lab/chassis/testing";
import type { Protocol, Transports } from "@envoy-mesh-lab/connections";
import { createTransports, protocols } from "@envoy-mesh-lab/connections";
import { bytesLeftByCall } from "@envoy-mesh-lab/connections/testing";
import { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";
import { KitchenService } from "@envoy-mesh-lab/proto/kitchen/v1/kitchen_pb.ts";
import type { BehaviorSchema } from "@envoy-mesh-lab/proto/lab/v1/behavior_pb.ts";
import { ErrorCode } from "@envoy-mesh-lab/proto/lab/v1/behavior_pb.ts";
import type { StandIn } from "../envoys/stand-in.ts";
import { startStandIn } from "../envoys/stand-in.ts";

/*
 * Nothing that belongs to a call may stay in a service once the call is over, of whatever kind it was and however it ended. A
 * client's stream once left 19 kB there.
 */
const limit = 2_000;
/** Calls of each kind and ending in a round. */
const callsInRound = 3;
/**
 * The same before anything is measured, over each protocol, so that code is compiled and caches are filled. Half of the calls
 * are reset, and Node ends a connection on which more than 1,000 streams were at about the same time, as a flood of resets
 * is; here they are 840.
 */
const warmUps = 8;

type Behavior = MessageInitShape<typeof BehaviorSchema>;
type Calls = Record<string, (behavior: Behavior, options?: CallOptions) => Promise<unknown>>;

async function* two<T>(message: T): AsyncGenerator<T> {
  yield message;
  yield message;
}

/** A call of every kind to each service. */
const services: Record<string, (transport: Transport) => Calls> = {
  backend(transport) {
    const client = createClient(KitchenService, transport);
    const one = (behavior: Behavior) => ({ drink: "tea", behavior });
    return {
      unary: (it, options) => client.brewDrink(one(it), options),
      server: (it, options) => Array.fromAsync(client.watchBrew(one(it), options)),
      client: (it, options) => client.brewRound(two(one(it)), options),
      bidi: (it, options) => Array.fromAsync(client.brewToOrder(two(one(it)), options)),
    };
  },
  gateway(transport) {
    const client = createClient(CafeService, transport);
    const one = (backend: Behavior) => ({ name: "tea", backend });
    return {
      unary: (it, options) => client.orderDrink(one(it), options),
      server: (it, options) => Array.fromAsync(client.watchOrder(one(it), options)),
      client: (it, options) => client.orderRound(two(one(it)), options),
      bidi: (it, options) => Array.fromAsync(client.serveTable(two(one(it)), options)),
    };
  },
};

const long: Behavior = { workTime: durationFromMs(60_000), messageCount: 2 };
async function failsWith(code: Code, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error) => ConnectError.from(error).code === code);
}

/** Every way in which a call can end that a service sees. */
const endings: Record<string, (call: Calls[string]) => Promise<unknown>> = {
  ends: (call) => call({ messageCount: 2 }),
  fails: (call) => failsWith(Code.Aborted, call({ errorCode: ErrorCode.ABORTED, messageCount: 2 })),
  "is cancelled": (call) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 10);
    return failsWith(Code.Canceled, call(long, { signal: controller.signal }));
  },
  "passes its deadline": (call) => failsWith(Code.DeadlineExceeded, call(long, { timeoutMs: 10 })),
};

for (const [name, callsTo] of Object.entries(services)) {
  suite(`no call leaves anything in the ${name}`, () => {
    let collector: StandIn;
    let backend: ServiceProcess;
    let service: ServiceProcess;
    let url: string;
    let transports: Transports;
    const callsOver = (protocol: Protocol) =>
      Object.entries(callsTo(transports[protocol])).flatMap(([kind, call]) =>
        Object.entries(endings).map(
          ([ending, end]) => [`a ${kind} call that ${ending}`, () => end(call)] as const,
        ),
      );
    const start = (part: string, environment: Record<string, string> = {}) =>
      startService(new URL(import.meta.resolve(`@envoy-mesh-lab/${part}/main`)), {
        NODE_OPTIONS: `--import ${new URL("heap-probe.ts", import.meta.url)}`,
        OTEL_TRACES_EXPORTER: "otlp",
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.port}`,
        OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
        OTEL_BSP_SCHEDULE_DELAY: "100",
        ...environment,
      });
    before(async () => {
      collector = await startStandIn();
      backend = start("backend");
      const backendUrl = await backend.serving();
      service = name === "backend" ? backend : start(name, { BACKEND_URL: backendUrl });
      url = await service.serving();
      transports = createTransports({ url });
      for (const protocol of protocols) {
        for (let i = 0; i < warmUps; i++) await Promise.all(callsOver(protocol).map(([, make]) => make()));
      }
    });
    after(async () => {
      transports?.close();
      for (const it of [service, backend]) {
        it?.signal("SIGKILL");
        await it?.exited;
      }
      collector.stop();
    });

    /** The heap of the service once its spans have left. */
    async function heapUsed(): Promise<number> {
      await eventually("the end of its calls and the export of their spans", async () => {
        const counts = (await (await fetch(`${url}/debug/telemetry`)).json()) as Record<string, number>;
        return counts.started === counts.ended && counts.queued === 0;
      });
      const told = service.stderr().length;
      service.signal("SIGUSR2");
      const text = () => /^heap (\d+)\n/m.exec(service.stderr().slice(told));
      return Number((await eventually("the heap of the service", () => text() ?? undefined))[1]);
    }

    for (const protocol of protocols) {
      test(`over ${protocol}`, async (t) => {
        const all = callsOver(protocol);
        // All together, as one after the other only finds the culprit.
        const run = async () => void (await Promise.all(all.map(([, make]) => make())));
        const each = (await bytesLeftByCall(run, callsInRound, heapUsed)) / all.length;
        t.diagnostic(`${each.toFixed(0)} bytes a call`);
        if (each > limit) {
          for (const [what, make] of all) {
            const left = await bytesLeftByCall(async () => void (await make()), 5, heapUsed);
            t.diagnostic(`${what}: ${left.toFixed(0)} bytes`);
          }
        }
        assert.ok(each < limit, `${each.toFixed(0)} bytes stay of each call, at most ${limit} may`);
      });
    }
  });
}
