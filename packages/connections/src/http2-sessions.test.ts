import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as http from "node:http";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import * as net from "node:net";
import { afterEach, test } from "node:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { KitchenService } from "@envoy-mesh-lab/proto/kitchen/v1/kitchen_pb.ts";
import { createTransports, protocols } from "./transports.ts";

/*
 * An uncaught exception fails the test in which it happens. With connect-node's own session manager, the
 * tests of GOAWAY fail so, see https://github.com/connectrpc/connect-es/issues/1768.
 */

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) {
    cleanup();
  }
});

/** Starts a kitchen whose connections a test can end. */
async function startKitchen(readMaxBytes = 1_024) {
  const sessions = new Set<http2.ServerHttp2Session>();
  let calls = 0;
  const server = http2.createServer(
    connectNodeAdapter({
      readMaxBytes,
      routes: (router) =>
        router.service(KitchenService, {
          brewDrink: () => {
            calls++;
            return {};
          },
          brewRound: async (requests) => {
            await Array.fromAsync(requests);
            return {};
          },
          async *watchBrew(_request, context) {
            yield { step: 1 };
            await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
          },
          async *brewToOrder(requests) {
            for await (const _ of requests) {
              yield {};
            }
          },
        }),
    }),
  );
  server.on("session", (session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
    session.on("error", () => session.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const transports = createTransports({ url, readMaxBytes: 8_388_608, writeMaxBytes: 8_388_608 });
  cleanups.push(() => {
    transports.close();
    server.close();
    for (const session of sessions) {
      session.destroy();
    }
  });
  return { client: createClient(KitchenService, transports.grpc), sessions, calls: () => calls };
}

const pauses = {
  "at once": () => Promise.resolve(),
  "one turn later": () => new Promise((resolve) => setImmediate(resolve)),
  "two turns later": async () => {
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
  },
} as const;

for (const [when, pause] of Object.entries(pauses)) {
  test(`calls that start just after a GOAWAY succeed: ${when}`, async () => {
    const { client, sessions, calls } = await startKitchen();
    for (let round = 0; round < 30; round++) {
      await client.brewDrink({});
      for (const session of sessions) {
        session.close();
      }
      await pause();
    }
    assert.equal(calls(), 30);
  });
}

test("calls whose connection is cut are unavailable or succeed, and the next one succeeds", async () => {
  const { client, sessions } = await startKitchen();
  const codes = new Set<Code>();
  for (let round = 0; round < 30; round++) {
    const call = client.brewDrink({}).catch((error: unknown) => codes.add(ConnectError.from(error).code));
    for (const session of sessions) {
      session.goaway(http2.constants.NGHTTP2_INTERNAL_ERROR);
      session.destroy();
    }
    await call;
    await client.brewDrink({}).catch((error: unknown) => codes.add(ConnectError.from(error).code));
  }
  codes.delete(Code.Unavailable);
  assert.deepEqual([...codes], []);
  await client.brewDrink({});
});

test("a stream whose connection breaks ends as unavailable", async () => {
  const { client, sessions } = await startKitchen();
  const reading = (async () => {
    for await (const _ of client.watchBrew({})) {
      for (const session of sessions) {
        session.socket.destroy();
      }
    }
  })();
  await assert.rejects(reading, { code: Code.Unavailable });
});

test("a server that is not there is unavailable, each time", async () => {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const transports = createTransports({
    url: `http://127.0.0.1:${port}`,
    readMaxBytes: 1_024,
    writeMaxBytes: 1_024,
  });
  const client = createClient(KitchenService, transports.connect);
  for (let call = 0; call < 3; call++) {
    await assert.rejects(client.brewDrink({}), { code: Code.Unavailable });
  }
});

test("a server that does not speak HTTP/2 fails the call, and nothing else", async () => {
  const server = http.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const transports = createTransports({
    url: `http://127.0.0.1:${port}`,
    readMaxBytes: 1_024,
    writeMaxBytes: 1_024,
  });
  cleanups.push(() => transports.close());
  const client = createClient(KitchenService, transports.grpc);
  for (let call = 0; call < 3; call++) {
    await assert.rejects(client.brewDrink({}), ConnectError);
  }
});

test("messages that are too large for the server end as resource_exhausted, call after call", async () => {
  const { client } = await startKitchen();
  for (const size of [2_000, 200_000]) {
    const drink = "x".repeat(size);
    async function* order() {
      yield { drink };
    }
    const tooLarge = { code: Code.ResourceExhausted };
    await assert.rejects(client.brewDrink({ drink }), tooLarge);
    await assert.rejects(Array.fromAsync(client.watchBrew({ drink })), tooLarge);
    await assert.rejects(client.brewRound(order()), tooLarge);
    await assert.rejects(Array.fromAsync(client.brewToOrder(order())), tooLarge);
  }
});

test("large messages that are refused do not use up the connection for good", async () => {
  const { client } = await startKitchen();
  const drink = "x".repeat(5_000_000);
  for (let call = 0; call < 6; call++) {
    await assert.rejects(client.brewDrink({ drink }), { code: Code.ResourceExhausted });
    await client.brewDrink({});
  }
});

/** Runs a module beside this file in a process of its own; fails when it does not end by itself. */
async function runToItsEnd(script: string): Promise<string> {
  const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
    // Kills it when it does not end, which the exit code then shows.
    timeout: 20_000,
  });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  const [code] = await once(child, "close");
  assert.equal(code, 0, "the process ends by itself");
  return output;
}

/** Starts a server that answers every request in the same way, on a port of its own. */
async function startAnswering(answer: (stream: http2.ServerHttp2Stream) => void): Promise<string> {
  const server = http2.createServer().on("stream", answer).listen(0, "127.0.0.1");
  cleanups.push(() => server.close());
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("an idle connection does not keep the process alive", async () => {
  const url = await startAnswering((stream) => stream.respond({ ":status": 200 }, { endStream: true }));
  const output = await runToItsEnd(`
    import { createHttp2Sessions } from "./http2-sessions.ts";
    const stream = await createHttp2Sessions("${url}").request("GET", "/", {}, { endStream: true });
    stream.resume().once("close", () => console.log("answered"));
  `);
  assert.equal(output, "answered\n");
});

for (const protocol of protocols) {
  for (const rpc of ["brewDrink({})", "watchBrew({})"]) {
    test(`an answer that is a proxy's own leaves nothing behind: ${rpc} over ${protocol}`, async () => {
      const url = await startAnswering((stream) => {
        stream.respond({ ":status": 503, "content-type": "text/plain" });
        stream.end("no healthy upstream");
      });
      const output = await runToItsEnd(`
        import { createClient } from "@connectrpc/connect";
        import { KitchenService } from "@envoy-mesh-lab/proto/kitchen/v1/kitchen_pb.ts";
        import { createTransports } from "./transports.ts";
        const client = createClient(KitchenService, createTransports({ url: "${url}" })["${protocol}"]);
        for (let i = 0; i < 3; i++) {
          const answer = client.${rpc};
          await (answer.then ? answer : Array.fromAsync(answer)).catch((error) => console.log(error.code));
        }
      `);
      assert.equal(output, `${Code.Unavailable}\n`.repeat(3));
    });
  }
}

test("a call that is answered while most of its request is unread leaves no stream in the server", async () => {
  const open = new Set<http2.ServerHttp2Stream>();
  const url = await startAnswering((stream) => {
    open.add(stream);
    stream.once("close", () => open.delete(stream));
    stream.once("data", () => {
      // The rest fills what the stream may hold.
      stream.pause();
      setTimeout(answerWhenFull, 1, stream);
    });
  });
  function answerWhenFull(stream: http2.ServerHttp2Stream): void {
    if (stream.readableLength < 30_000) {
      setTimeout(answerWhenFull, 1, stream);
      return;
    }
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    // One empty message.
    stream.end(Buffer.alloc(5));
  }
  const transports = createTransports({ url });
  cleanups.push(() => transports.close());
  async function* endless() {
    for (;;) {
      yield { drink: "x".repeat(16_384) };
    }
  }
  await createClient(KitchenService, transports.grpc).brewRound(endless());
  const deadline = Date.now() + 10_000;
  while (open.size > 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.equal(open.size, 0, "the server's stream is closed");
});

for (const [outcome, trailers, code] of [
  ["succeeds", { "grpc-status": "0" }, undefined],
  ["fails", { "grpc-status": `${Code.DataLoss}` }, Code.DataLoss],
] as const) {
  test(`a stream that ${outcome} while its request is open has the status that the server gave it`, async () => {
    const url = await startAnswering((stream) => {
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.once("wantTrailers", () => {
        stream.sendTrailers(trailers);
        // As Envoy does, and RFC 9113, section 8.1, allows.
        setImmediate(() => stream.close(http2.constants.NGHTTP2_NO_ERROR));
      });
      // Two empty messages.
      stream.end(Buffer.alloc(10));
    });
    const transports = createTransports({ url });
    cleanups.push(() => transports.close());
    const client = createClient(KitchenService, transports.grpc);
    const requestIsOver = Promise.withResolvers<void>();
    async function* order() {
      yield {};
      await requestIsOver.promise;
    }
    // Whether the end of the answer or the reset comes first is a race.
    const results = await Promise.all(
      Array.from({ length: 100 }, () =>
        Array.fromAsync(client.brewToOrder(order())).then(
          (messages) => messages.length,
          (error: ConnectError) => error.code,
        ),
      ),
    );
    requestIsOver.resolve();
    assert.deepEqual([...new Set(results)], [code ?? 2]);
  });
}

test("a call that the server ends before it has read the request fails at once", async () => {
  const server = http2.createServer().listen(0, "127.0.0.1");
  server.on("stream", (stream) => {
    stream.once("data", () => stream.close(http2.constants.NGHTTP2_NO_ERROR));
  });
  cleanups.push(() => server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const transports = createTransports({ url: `http://127.0.0.1:${port}` });
  cleanups.push(() => transports.close());
  const client = createClient(KitchenService, transports.grpc);

  const call = client.brewDrink({ drink: "x".repeat(10 * 1024 * 1024) }, { timeoutMs: 30_000 });
  await assert.rejects(call, (error: ConnectError) => {
    assert.equal(error.code, Code.ResourceExhausted, error.message);
    return true;
  });
});
