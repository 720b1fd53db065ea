import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";
import { connect, createServer } from "node:net";
import { afterEach, beforeEach, suite, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Relay } from "./relay.ts";

let target: Server;
let relay: Relay;

/** Sends back what it is sent, and ends when its caller does. */
function echo(): Server {
  return createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => undefined);
    socket.pipe(socket);
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** A connection through the relay, and all that came back on it once it ended, and how it ended. */
async function open(): Promise<{ socket: Socket; ended: Promise<{ text: string; code?: string }> }> {
  const socket = connect({ port: relay.port, host: "127.0.0.1" });
  let text = "";
  let code: string | undefined;
  socket.setEncoding("utf8").on("data", (data) => {
    text += data;
  });
  const ended = new Promise<{ text: string; code?: string }>((resolve) => {
    socket.on("error", (error: NodeJS.ErrnoException) => {
      code = error.code;
    });
    socket.once("close", () => resolve({ text, ...(code ? { code } : {}) }));
  });
  await once(socket, "connect");
  return { socket, ended };
}

/** Whether a connection to the relay is refused, once that is as it should be or two seconds have passed. */
async function isRefused(wanted: boolean): Promise<boolean> {
  for (let i = 0; ; i++) {
    const refused = await open().then(
      ({ socket }) => {
        socket.destroy();
        return false;
      },
      () => true,
    );
    if (refused === wanted || i === 100) return refused;
    await delay(20);
  }
}

suite("a relay", () => {
  beforeEach(async () => {
    target = echo().listen(0, "127.0.0.1");
    await once(target, "listening");
    relay = await Relay.open(await freePort(), (target.address() as AddressInfo).port);
  });
  afterEach(() => {
    relay.close();
    target.close();
  });

  test("passes on what it is given, and the end of it", async () => {
    const { socket, ended } = await open();
    const text = "x".repeat(1_000_000);
    socket.end(text);
    assert.equal((await ended).text.length, text.length);
  });

  test("refuses connections while nobody listens at its target", async () => {
    const { port } = target.address() as AddressInfo;
    const { socket, ended } = await open();
    target.close();
    socket.end();
    await ended;
    assert.equal(await isRefused(true), true);
    target = echo().listen(port, "127.0.0.1");
    assert.equal(await isRefused(false), false);
  });

  test("slow, it holds each piece, and keeps their order", async () => {
    relay.set({ kind: "slow", delayMs: 100 });
    const { socket, ended } = await open();
    const began = performance.now();
    socket.end("one two");
    assert.equal((await ended).text, "one two");
    assert.ok(performance.now() - began >= 199, "100 ms on the way there, and on the way back");
  });

  test("resets what is open, and what is opened, until it is told to stop", async () => {
    const before = await open();
    relay.set({ kind: "reset", everyMs: 20 });
    assert.equal((await before.ended).code, "ECONNRESET");
    assert.equal((await (await open()).ended).code, "ECONNRESET");
    relay.set(undefined);
    const after = await open();
    after.socket.end("well");
    assert.deepEqual(await after.ended, { text: "well" });
  });

  test("cuts answers off in the middle", async () => {
    relay.set({ kind: "cut", afterBytes: 5 });
    const { socket, ended } = await open();
    socket.write("half of it");
    assert.deepEqual(await ended, { text: "half " });
  });
});
