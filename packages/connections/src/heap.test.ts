import assert from "node:assert/strict";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { after, before, suite, test } from "node:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { KitchenService } from "@envoy-mesh-lab/proto/kitchen/v1/kitchen_pb.ts";
import { bytesLeftByCall } from "../testing/heap.ts";
import { createTransports } from "./transports.ts";

/*
 * Nothing that belongs to a call may stay once the call is over, however it ended, neither in the session that it was made
 * on nor in the server's. With so few calls a round noise is up to a kilobyte; a stream that is kept holds more than 8 kB.
 */
const limit = 3_500;

const server = http2.createServer(
  // Node ends a connection on which more than 1,000 streams were reset at once, as a flood of resets is.
  { streamResetBurst: 100_000, streamResetRate: 100_000 },
  connectNodeAdapter({
    routes: (router) =>
      router.service(KitchenService, {
        async brewDrink({ drink }, { signal }) {
          if (drink === "fail") throw new ConnectError("as asked", Code.Aborted);
          if (drink === "hang") await aborted(signal);
          return {};
        },
        async *watchBrew({ drink }, { signal }) {
          yield { step: 1 };
          if (drink === "fail") throw new ConnectError("as asked", Code.Aborted);
          if (drink === "hang") await aborted(signal);
          yield { step: 2 };
        },
      }),
  }),
);
const sessions = new Set<http2.ServerHttp2Session>();
server.on("session", (session) => {
  sessions.add(session);
  session.on("close", () => sessions.delete(session));
});

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }
}

let transports: ReturnType<typeof createTransports>;
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  transports = createTransports({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
after(() => {
  transports.close();
  server.close();
});

type Kitchen = ReturnType<typeof kitchen>;
function kitchen() {
  return createClient(KitchenService, transports.grpc);
}

async function failsWith(code: Code, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error) => ConnectError.from(error).code === code);
}

const read = (stream: AsyncIterable<unknown>) => Array.fromAsync(stream);

/** Every way in which a call can end, as its client sees it. */
const endings: Record<string, (client: Kitchen) => Promise<unknown>> = {
  "a unary call that ends": (client) => client.brewDrink({}),
  "a unary call that fails": (client) => failsWith(Code.Aborted, client.brewDrink({ drink: "fail" })),
  "a unary call that is cancelled": (client) => {
    const controller = new AbortController();
    const call = client.brewDrink({ drink: "hang" }, { signal: controller.signal });
    setImmediate(() => controller.abort());
    return failsWith(Code.Canceled, call);
  },
  "a unary call that passes its deadline": (client) =>
    failsWith(Code.DeadlineExceeded, client.brewDrink({ drink: "hang" }, { timeoutMs: 2 })),
  "a stream that ends": (client) => read(client.watchBrew({})),
  "a stream that fails": (client) => failsWith(Code.Aborted, read(client.watchBrew({ drink: "fail" }))),
  "a stream that is cancelled": async (client) => {
    const controller = new AbortController();
    const reading = read(client.watchBrew({ drink: "hang" }, { signal: controller.signal }));
    setImmediate(() => controller.abort());
    await failsWith(Code.Canceled, reading);
  },
  "a stream that is left, and its signal aborted": async (client) => {
    const controller = new AbortController();
    for await (const _ of client.watchBrew({ drink: "hang" }, { signal: controller.signal })) break;
    controller.abort();
  },
  "a stream whose connection is lost": (client) =>
    failsWith(
      Code.Unavailable,
      (async () => {
        for await (const _ of client.watchBrew({ drink: "hang" })) {
          for (const session of sessions) session.destroy();
        }
      })(),
    ),
};

suite("a call leaves nothing in its connection", () => {
  for (const [name, end] of Object.entries(endings)) {
    test(name, async (t) => {
      const client = kitchen();
      const bytes = await bytesLeftByCall(async () => void (await end(client)), 25);
      t.diagnostic(`${bytes.toFixed(0)} bytes a call`);
      assert.ok(bytes < limit, `${bytes.toFixed(0)} bytes stay of each call, at most ${limit} may`);
    });
  }
});
