import assert from "node:assert/strict";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import * as net from "node:net";
import { afterEach, test } from "node:test";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import type { Client } from "@connectrpc/connect";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import type { ServiceProcess } from "@envoy-mesh-lab/chassis/testing";
import { eventually, startService } from "@envoy-mesh-lab/chassis/testing";
import { createTransports } from "@envoy-mesh-lab/connections";
import { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";
import { Health } from "@envoy-mesh-lab/proto/grpc/health/v1/health_pb.ts";

/* The services as processes of their own: how they start, how they stop, and life without a Collector. */

const gatewayMain = new URL(import.meta.resolve("@envoy-mesh-lab/gateway/main"));
const backendMain = new URL(import.meta.resolve("@envoy-mesh-lab/backend/main"));

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) {
    await cleanup();
  }
});

function start(main: URL, environment: Record<string, string> = {}): ServiceProcess {
  const service = startService(main, environment);
  cleanups.push(() => {
    service.signal("SIGKILL");
    return service.exited;
  });
  return service;
}

async function startBoth(environment: Record<string, string> = {}) {
  const backend = start(backendMain);
  const gateway = start(gatewayMain, { ...environment, BACKEND_URL: await backend.serving() });
  const url = await gateway.serving();
  const transports = createTransports({ url, readMaxBytes: 65_536, writeMaxBytes: 65_536 });
  cleanups.push(() => transports.close());
  return { backend, gateway, url, transports, cafe: createClient(CafeService, transports.grpc) };
}

/** Makes sure that calls which were started before have arrived: one behind them on the connection was answered. */
async function passThrough(cafe: Client<typeof CafeService>): Promise<void> {
  await cafe.getDrink({ name: "tea" });
}

const finished = (service: ServiceProcess) => service.lines.filter((line) => line.msg === "rpc finished");

test("a wrong configuration ends the service with all its problems and exit code 2", async () => {
  const gateway = start(gatewayMain, {
    LISTEN_ADDRESS: "nowhere",
    BACKEND_PROTOCOL: "http",
    OTEL_TRACES_SAMPLER_ARG: "7",
  });
  assert.equal(await gateway.exited, 2);
  const [heading, ...problems] = gateway.stderr().trim().split("\n");
  assert.equal(heading, "gateway: the configuration is wrong:");
  assert.deepEqual(problems.toSorted(), [
    '  BACKEND_PROTOCOL="http": expected one of same, connect, grpc, grpc-web',
    '  LISTEN_ADDRESS="nowhere": expected host:port, for example "127.0.0.1:8081"',
    '  OTEL_TRACES_SAMPLER_ARG="7": expected a number from 0 to 1',
  ]);
});

test("an address that is taken ends the service with its name and exit code 1", async () => {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => server.close());
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const gateway = start(gatewayMain, { LISTEN_ADDRESS: address });
  assert.equal(await gateway.exited, 1);
  assert.match(JSON.stringify(gateway.lines), new RegExp(`cannot listen on ${address}`));
});

test("SIGTERM under load: every call that was accepted is answered, then exit code 0", async () => {
  const { gateway, cafe } = await startBoth();
  const outcomes: (Code | "ok")[] = [];
  let running = true;
  async function guest(): Promise<void> {
    while (running) {
      const order = { name: "tea", backend: { workTime: durationFromMs(20) } };
      const outcome = await cafe.orderDrink(order).then(
        () => "ok" as const,
        (error: unknown) => ConnectError.from(error).code,
      );
      outcomes.push(outcome);
      running &&= outcome === "ok";
    }
  }
  const guests = Array.from({ length: 8 }, guest);
  const watching = Array.fromAsync(
    cafe.watchOrder({ name: "tea", backend: { workTime: durationFromMs(50), messageCount: 10 } }),
  );
  await eventually("some load", () => outcomes.length > 40);
  gateway.signal("SIGTERM");
  await Promise.all(guests);

  assert.equal((await watching).length, 10);
  assert.equal(await gateway.exited, 0);
  assert.deepEqual([...new Set(outcomes)].toSorted(), [Code.Unavailable, "ok"]);
  // All that the gateway took it answered, and every answer arrived.
  const codes = finished(gateway).map((line) => line.code);
  assert.deepEqual([...new Set(codes)], ["ok"]);
  assert.equal(codes.length, outcomes.filter((outcome) => outcome === "ok").length + 1);
  assert.equal(gateway.stderr(), "");
});

test("calls that take longer than the shutdown timeout are cut off as unavailable", async () => {
  const { gateway, backend, cafe } = await startBoth({ SHUTDOWN_TIMEOUT: "200ms" });
  const call = cafe.orderDrink({ name: "tea", backend: { workTime: durationFromMs(60_000) } });
  const failing = assert.rejects(call, { code: Code.Unavailable });
  await passThrough(cafe);
  gateway.signal("SIGTERM");
  await failing;
  assert.equal(await gateway.exited, 0);
  assert.ok(gateway.lines.some((line) => String(line.msg).startsWith("cut off")));
  // The kitchen was told that nobody waits any more.
  const line = await eventually("the kitchen's line", () =>
    finished(backend).find((each) => String(each["rpc.method"]).endsWith("BrewDrink")),
  );
  assert.equal(line.code, "canceled");
});

test("while it stops, a service says so to those who ask", async () => {
  const { gateway, cafe, transports } = await startBoth();
  const health = createClient(Health, transports.grpc);
  const statuses: number[] = [];
  const watching = (async () => {
    for await (const { status } of health.watch({})) {
      statuses.push(status);
    }
  })();
  await eventually("the first status", () => statuses.length > 0);
  const call = cafe.orderDrink({ name: "tea", gateway: { workTime: durationFromMs(100) } });
  await passThrough(cafe);
  gateway.signal("SIGTERM");
  await Promise.all([call, watching]);
  assert.deepEqual(statuses, [1, 2]);
  assert.equal(await gateway.exited, 0);
});

test("a second signal ends a service at once", async () => {
  const { gateway, cafe } = await startBoth();
  const call = assert.rejects(
    cafe.orderDrink({ name: "tea", gateway: { workTime: durationFromMs(60_000) } }),
    ConnectError,
  );
  await passThrough(cafe);
  gateway.signal("SIGTERM");
  await gateway.line("stopping");
  gateway.signal("SIGTERM");
  assert.equal(await gateway.exited, 130);
  await call;
});

/** What a Collector answers to an export: an empty message and the status OK. */
function startCollector(port: number): Promise<http2.Http2Server> {
  const server = http2.createServer();
  server.on("stream", (stream) => {
    stream.resume().on("end", () => {
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(Buffer.alloc(5));
    });
  });
  return new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(server)));
}

test("without a Collector a service says so once and serves on, and says when it is back", async () => {
  const reserved = net.createServer();
  await new Promise<void>((resolve) => reserved.listen(0, "127.0.0.1", resolve));
  const { port } = reserved.address() as AddressInfo;
  await new Promise((resolve) => reserved.close(resolve));

  const { gateway, cafe, url } = await startBoth({
    OTEL_TRACES_EXPORTER: "otlp",
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_BSP_SCHEDULE_DELAY: "20",
    // A batch is given up soon, so that several are.
    OTEL_BSP_EXPORT_TIMEOUT: "2000",
  });
  const counts = async () => (await (await fetch(`${url}/debug/telemetry`)).json()) as Record<string, number>;
  const says = (start: string) => gateway.lines.filter((line) => String(line.msg).startsWith(start)).length;

  // Several batches fail.
  for (let call = 1; call <= 3; call++) {
    await cafe.orderDrink({ name: "tea" });
    await eventually(`batch ${call} to fail`, async () => ((await counts()).failed ?? 0) >= call * 2, 30_000);
  }
  assert.equal(says("the Collector does not take spans"), 1);

  const collector = await startCollector(port);
  cleanups.push(() => collector.close());
  await eventually(
    "spans to arrive",
    async () => {
      await cafe.orderDrink({ name: "tea" });
      return ((await counts()).exported ?? 0) > 0;
    },
    30_000,
  );
  await gateway.line("the Collector takes spans again");
  assert.equal(says("the Collector takes spans again"), 1);

  gateway.signal("SIGTERM");
  assert.equal(await gateway.exited, 0);
  // Nothing but JSON, and no span unaccounted for.
  assert.equal(gateway.stderr(), "");
  const last = gateway.lines.find((line) => line.msg === "telemetry stopped");
  const spans = last?.spans as Record<string, number>;
  assert.equal(spans.queued, 0);
  assert.equal(spans.ended, (spans.exported ?? 0) + (spans.failed ?? 0) + (spans.dropped ?? 0));
});
