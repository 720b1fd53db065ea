import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { createTransports } from "@envoy-mesh-lab/connections";
import { call } from "@envoy-mesh-lab/load";
import { codesOf } from "./faults.ts";
import { aRequest, edgeUrl, mesh } from "./mesh.ts";

const port = mesh.hostPort("edge", 8080) ?? assert.fail("the edge is published");
const body = '{"name":"tea"}';

/** What a caller may write over HTTP/1.1 that HTTP/2 has no way to say (RFC 9113, 8.2 and 8.3), each beside a whole request. */
const strange: readonly string[] = [
  "te: ",
  "te: x",
  "te: gzip",
  "connection: é",
  "connection: te, x-a",
  "keep-alive: 5",
  "proxy-connection: keep-alive",
  "upgrade: h2c",
  'expect: application/proto; charset="',
  "tracestate: é",
  "x-a: \u0080\u00ff",
  "x-a: \u0001",
  "x-é: 1",
  ":scheme: x",
  "host: ",
  "host: a@b",
  "content-length: 1",
];

/** Sends bytes to the edge and reads until it has answered, or closed, or said nothing for a second. */
function send(text: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text, "latin1"));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once("data", () => socket.destroy());
    socket.on("error", () => socket.destroy());
    socket.once("close", () => resolve());
  });
}

function request(header: string): string {
  const host = header.startsWith("host:") ? "" : `host: 127.0.0.1:${port}\r\n`;
  return `POST /cafe.v1.CafeService/OrderDrink HTTP/1.1\r\n${host}${header}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

test("what one caller sends ends no call of another on the connections that proxies share", async () => {
  const transports = createTransports({ url: edgeUrl });
  let isOver = false;
  const strangers = (async () => {
    while (!isOver) await Promise.all(strange.map((it) => send(request(it))));
  })();
  const results = [];
  try {
    for (let i = 0; i < 200; i++) results.push(await call(transports.grpc, aRequest()));
  } finally {
    isOver = true;
    await strangers;
    transports.close();
  }
  assert.deepEqual(codesOf(results), { ok: 200 });
});
