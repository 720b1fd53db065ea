import assert from "node:assert/strict";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import type { TestContext } from "node:test";
import { suite, test } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";
import { LabError } from "@envoy-mesh-lab/trace";
import type { CallRequest } from "./call/call.ts";
import { findRpc } from "./call/rpcs.ts";
import { createCaller } from "./caller.ts";
import { assertReachable } from "./reach.ts";

const request = (headers: Record<string, string> = {}): CallRequest => ({
  rpc: findRpc("OrderDrink", undefined),
  drink: "espresso",
  messages: 1,
  gateway: { workMs: 0, failAfter: 0 },
  backend: { workMs: 0, failAfter: 0 },
  timeoutMs: 10_000,
  headers,
});

/** A café that keeps what it was sent, answers with a trace id like the edge, or fails. */
async function startCafe(t: TestContext, options: { traceId?: string; fail?: Code } = {}) {
  const seen: { traceparent: string | null; protocol: string }[] = [];
  const sessions = new Set<http2.ServerHttp2Session>();
  const server = http2.createServer(
    connectNodeAdapter({
      routes: (router) =>
        router.service(CafeService, {
          orderDrink: (_request, context) => {
            const traceparent = context.requestHeader.get("traceparent");
            seen.push({ traceparent, protocol: context.protocolName });
            if (options.traceId) {
              context.responseHeader.set("x-trace-id", options.traceId);
            }
            if (options.fail) {
              throw new ConnectError("no", options.fail);
            }
            return {};
          },
        }),
    }),
  );
  server.on("session", (session) => sessions.add(session));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const session of sessions) {
      session.destroy();
    }
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, sessions };
}

suite("the trace of a call", () => {
  test("is the one that the answer names, and nothing is sent of one", async (t) => {
    const cafe = await startCafe(t, { traceId: "a".repeat(32) });
    const caller = createCaller({ url: cafe.url, mix: [{ request: request(), protocol: "grpc" }] });
    t.after(caller.close);
    const result = await caller.send(0);
    assert.deepEqual([result.code, result.traceId, result.protocol], ["ok", "a".repeat(32), "grpc"]);
    assert.deepEqual(cafe.seen, [{ traceparent: null, protocol: "grpc" }]);
  });

  test("is begun by the caller where no answer names it, sampled, and another for each call", async (t) => {
    const cafe = await startCafe(t, { fail: Code.Unavailable });
    const mix = [{ request: request(), protocol: "connect" }] as const;
    const caller = createCaller({ url: cafe.url, mix, beginsTrace: true });
    t.after(caller.close);
    const results = [await caller.send(0), await caller.send(1)];
    assert.deepEqual(
      results.map((it) => it.code),
      ["unavailable", "unavailable"],
    );
    const ids = results.map((it) => it.traceId ?? assert.fail("there is a trace id"));
    assert.equal(new Set(ids).size, 2);
    for (const [i, { traceparent }] of cafe.seen.entries()) {
      assert.match(traceparent ?? "", new RegExp(`^00-${ids[i]}-[0-9a-f]{16}-01$`));
    }
  });

  test("is the user's own where the user sends one", async (t) => {
    const cafe = await startCafe(t);
    const own = `00-${"b".repeat(32)}-${"c".repeat(16)}-01`;
    const mix = [{ request: request({ TraceParent: own }), protocol: "connect" }] as const;
    const caller = createCaller({ url: cafe.url, mix, beginsTrace: true });
    t.after(caller.close);
    assert.equal((await caller.send(0)).traceId, "b".repeat(32));
    assert.equal(cafe.seen[0]?.traceparent, own);
  });
});

test("calls are made in turn, and share the connections", async (t) => {
  const cafe = await startCafe(t);
  const caller = createCaller({
    url: cafe.url,
    mix: [
      { request: request(), protocol: "grpc" },
      { request: request(), protocol: "connect" },
    ],
    connections: 3,
  });
  t.after(caller.close);
  for (let i = 0; i < 6; i++) {
    await caller.send(i);
  }
  assert.deepEqual(
    cafe.seen.map((it) => it.protocol),
    ["grpc", "connect", "grpc", "connect", "grpc", "connect"],
  );
  assert.equal(cafe.sessions.size, 3);
});

test("where nobody listens is told before a call is made", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await assertReachable(url);
  await new Promise((resolve) => server.close(resolve));
  await assert.rejects(assertReachable(url), (error: LabError) => {
    assert.ok(error instanceof LabError);
    assert.match(error.message, /nothing answers at .*ECONNREFUSED/);
    return error.exitCode === 3;
  });
});
