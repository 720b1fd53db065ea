import assert from "node:assert/strict";
import { after, afterEach, before, suite, test } from "node:test";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import type { Client, ConnectError, Transport } from "@connectrpc/connect";
import { Code, createClient } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
// The one place where the gateway meets the real backend without a network of proxies in between.
import { kitchen } from "@envoy-mesh-lab/backend";
import { eventually } from "@envoy-mesh-lab/chassis/testing";
import type { Http2Sessions } from "@envoy-mesh-lab/connections";
import { createHttp2Sessions } from "@envoy-mesh-lab/connections";
import { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";
import { Health, HealthCheckResponse_ServingStatus } from "@envoy-mesh-lab/proto/grpc/health/v1/health_pb.ts";
import { ErrorCode } from "@envoy-mesh-lab/proto/lab/v1/behavior_pb.ts";
import type { InProcessMesh } from "./in-process-mesh.ts";
import { chain, registerTracing, startMesh } from "./in-process-mesh.ts";

const exporter = registerTracing();
let mesh: InProcessMesh;
let sessions: Http2Sessions;
before(async () => {
  mesh = await startMesh(kitchen);
  sessions = createHttp2Sessions(mesh.url);
});
after(async () => {
  sessions.close();
  await mesh.stop();
});
afterEach(() => {
  exporter.reset();
  mesh.lines.length = 0;
});

type Cafe = Client<typeof CafeService>;

const transports: Readonly<Record<string, () => Transport>> = {
  connect: () => createConnectTransport({ baseUrl: mesh.url, httpVersion: "2", sessionManager: sessions }),
  grpc: () => createGrpcTransport({ baseUrl: mesh.url, sessionManager: sessions }),
  "grpc-web": () => createGrpcWebTransport({ baseUrl: mesh.url, httpVersion: "2", sessionManager: sessions }),
};
const cafe = (protocol = "connect"): Cafe => createClient(CafeService, transports[protocol]?.() as Transport);

async function* orders(...names: string[]) {
  for (const name of names) {
    yield { name };
  }
}

/** A call of each RPC, and the RPC of the kitchen that answers it. */
const calls: Readonly<Record<string, { kitchen: string; run: (client: Cafe) => Promise<unknown> }>> = {
  GetDrink: { kitchen: "GetRecipe", run: (client) => client.getDrink({ name: "chai" }) },
  OrderDrink: { kitchen: "BrewDrink", run: (client) => client.orderDrink({ name: "chai" }) },
  WatchOrder: {
    kitchen: "WatchBrew",
    run: (client) => Array.fromAsync(client.watchOrder({ name: "chai" })),
  },
  OrderRound: { kitchen: "BrewRound", run: (client) => client.orderRound(orders("chai", "tea")) },
  ServeTable: {
    kitchen: "BrewToOrder",
    run: (client) => Array.fromAsync(client.serveTable(orders("chai", "tea"))),
  },
};

for (const protocol of Object.keys(transports)) {
  suite(`one trace over ${protocol}`, () => {
    for (const [rpc, call] of Object.entries(calls)) {
      test(rpc, async () => {
        await call.run(cafe(protocol));
        const [gateway, out, backend] = await chain(exporter);
        assert.equal(gateway?.name, `cafe.v1.CafeService/${rpc}`);
        assert.equal(out?.name, `kitchen.v1.KitchenService/${call.kitchen}`);
        assert.equal(gateway?.parentSpanContext, undefined);
        assert.equal(out?.parentSpanContext?.spanId, gateway?.spanContext().spanId);
        assert.equal(backend?.parentSpanContext?.spanId, out?.spanContext().spanId);
        assert.equal(backend?.spanContext().traceId, gateway?.spanContext().traceId);
        assert.equal(mesh.kitchenCall()?.protocolName, protocol);

        const logged = await eventually("both lines", () => mesh.lines.length === 2 && mesh.lines);
        assert.deepEqual(
          logged.map((line) => [line["rpc.method"], line.code, line.trace_id, line.span_id]).toSorted(),
          [gateway, backend].map((span) => [
            span?.name,
            "ok",
            span?.spanContext().traceId,
            span?.spanContext().spanId,
          ]),
        );
      });
    }
  });
}

suite("behavior", () => {
  test("an error of the backend reaches the caller as it is", async () => {
    const backend = { errorCode: ErrorCode.FAILED_PRECONDITION };
    const failing = cafe("grpc").orderDrink({ name: "chai", backend });
    await assert.rejects(failing, (error: ConnectError) => {
      assert.equal(error.code, Code.FailedPrecondition);
      assert.equal(error.rawMessage, "failed because the caller asked for it");
      return true;
    });
    for (const span of await chain(exporter)) {
      assert.equal(span.attributes["rpc.status_code"], "FAILED_PRECONDITION");
    }
  });

  test("an error of the gateway keeps the backend out of it", async () => {
    const gateway = { errorCode: ErrorCode.UNAUTHENTICATED };
    await assert.rejects(cafe().orderDrink({ name: "chai", gateway }), { code: Code.Unauthenticated });
    await eventually("the span", () => exporter.getFinishedSpans().length > 0);
    assert.equal(exporter.getFinishedSpans().length, 1);
  });

  test("a drink that is not on the menu is not_found, with a word on what there is", async () => {
    await assert.rejects(cafe().getDrink({ name: "cola" }), /not_found.*cola.*espresso/);
  });

  test("an empty round is an invalid argument", async () => {
    await assert.rejects(cafe("grpc").orderRound(orders()), { code: Code.InvalidArgument });
  });

  test("the caller decides how many messages there are", async () => {
    const steps = await Array.fromAsync(cafe().watchOrder({ name: "tea", backend: { messageCount: 5 } }));
    assert.deepEqual(
      steps.map(({ step, steps: total }) => [step, total]),
      [1, 2, 3, 4, 5].map((step) => [step, 5]),
    );
  });

  for (const side of ["gateway", "backend"] as const) {
    test(`a server stream of the ${side} fails after as many messages as asked`, async () => {
      const behavior = { errorCode: ErrorCode.ABORTED, errorAfterMessages: 2, messageCount: 5 };
      const received: number[] = [];
      const reading = (async () => {
        for await (const { step } of cafe("grpc").watchOrder({
          name: "tea",
          backend: { messageCount: 5 },
          [side]: behavior,
        })) {
          received.push(step);
        }
      })();
      await assert.rejects(reading, { code: Code.Aborted });
      assert.deepEqual(received, [1, 2]);
    });

    test(`a client stream to the ${side} fails after as many messages as asked`, async () => {
      async function* round() {
        yield { name: "tea", [side]: { errorCode: ErrorCode.OUT_OF_RANGE, errorAfterMessages: 1 } };
        yield { name: "tea" };
        yield { name: "tea" };
      }
      await assert.rejects(cafe("grpc").orderRound(round()), { code: Code.OutOfRange });
    });

    test(`a table of the ${side} fails after as many messages as asked`, async () => {
      async function* table() {
        yield { name: "tea", [side]: { errorCode: ErrorCode.DATA_LOSS, errorAfterMessages: 2 } };
        yield { name: "tea" };
        yield { name: "tea" };
        yield { name: "tea" };
      }
      let served = 0;
      const reading = (async () => {
        for await (const _ of cafe("grpc").serveTable(table())) {
          served++;
        }
      })();
      await assert.rejects(reading, { code: Code.DataLoss });
      assert.equal(served, 2);
    });
  }

  test("a table is served order by order", async () => {
    const log: string[] = [];
    let answered = () => {};
    async function* table() {
      for (const name of ["espresso", "tea"]) {
        log.push(`order ${name}`);
        const answer = new Promise<void>((resolve) => {
          answered = resolve;
        });
        yield { name };
        await answer;
      }
    }
    for await (const { drink } of cafe("grpc").serveTable(table())) {
      log.push(`served ${drink?.name}`);
      answered();
    }
    assert.deepEqual(log, ["order espresso", "served espresso", "order tea", "served tea"]);
  });

  test("the domain shows on the spans", async () => {
    await cafe().orderRound(orders("espresso", "tea"));
    const [gateway, , backend] = await chain(exporter);
    for (const span of [gateway, backend]) {
      assert.equal(span?.attributes["cafe.round.drinks"], 2);
      assert.equal(span?.attributes["cafe.round.total_cents"], 480);
    }
  });
});

suite("deadline and cancellation", () => {
  const slow = { workTime: durationFromMs(30_000) };

  test("what is left of the deadline goes to the backend", async () => {
    const gateway = { workTime: durationFromMs(50) };
    await cafe("grpc").orderDrink({ name: "tea", gateway }, { timeoutMs: 5_000 });
    const left = Number.parseInt(mesh.kitchenCall()?.requestHeader.get("grpc-timeout") ?? "", 10);
    assert.ok(left > 0 && left <= 4_951, `left: ${left}`);
  });

  test("no deadline goes on when there is none", async () => {
    await cafe("grpc").orderDrink({ name: "tea" });
    assert.equal(mesh.kitchenCall()?.timeoutMs(), undefined);
  });

  test("a deadline ends the call everywhere", async () => {
    const call = cafe("grpc").orderDrink({ name: "tea", backend: slow }, { timeoutMs: 100 });
    await assert.rejects(call, { code: Code.DeadlineExceeded });
    await eventually("the kitchen gave up", () => mesh.kitchenCall()?.signal.aborted);
    for (const span of await chain(exporter)) {
      assert.match(String(span.attributes["rpc.status_code"]), /DEADLINE_EXCEEDED|CANCELLED/);
    }
  });

  test("a caller that cancels cancels the backend's call", async () => {
    const controller = new AbortController();
    const reading = (async () => {
      const options = { signal: controller.signal };
      for await (const _ of cafe("grpc").watchOrder(
        { name: "tea", backend: { messageCount: 9_000 } },
        options,
      )) {
        controller.abort();
      }
    })();
    await assert.rejects(reading, { code: Code.Canceled });
    await eventually("the kitchen gave up", () => mesh.kitchenCall()?.signal.aborted);
    for (const span of await chain(exporter)) {
      assert.equal(span.attributes["rpc.status_code"], "CANCELLED", span.name);
    }
  });

  test("the id of the request goes on", async () => {
    await cafe().orderDrink({ name: "tea" }, { headers: { "x-request-id": "abc" } });
    assert.equal(mesh.kitchenCall()?.requestHeader.get("x-request-id"), "abc");
  });
});

test("a message that is too large is refused", async () => {
  const refused = cafe("grpc").orderDrink({ name: "x".repeat(70_000) });
  await assert.rejects(refused, { code: Code.ResourceExhausted });
});

test("the health of a server that stops is told to those who watch", async () => {
  const own = await startMesh(kitchen);
  const ownSessions = createHttp2Sessions(own.url);
  const health = createClient(Health, createGrpcTransport({ baseUrl: own.url, sessionManager: ownSessions }));
  const statuses: HealthCheckResponse_ServingStatus[] = [];
  let stopped: Promise<void> | undefined;
  for await (const { status } of health.watch({})) {
    statuses.push(status);
    stopped ??= own.stop();
  }
  assert.deepEqual(statuses, [
    HealthCheckResponse_ServingStatus.SERVING,
    HealthCheckResponse_ServingStatus.NOT_SERVING,
  ]);
  await stopped;
  ownSessions.close();
});
