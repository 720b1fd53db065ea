import assert from "node:assert/strict";
import { once } from "node:events";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import * as net from "node:net";
import { after, beforeEach, test } from "node:test";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { TracerProvider } from "@opentelemetry/sdk-trace";
import type { SpanSender } from "./otlp-client.ts";
import { createOtlpClient } from "./otlp-client.ts";

const span = new TracerProvider().getTracer("test").startSpan("order");
span.end();
const spans = [span as unknown as ReadableSpan];

const cleanups: (() => void)[] = [];
beforeEach(() => {
  for (const cleanup of cleanups.splice(0)) {
    cleanup();
  }
});
after(() => {
  for (const cleanup of cleanups.splice(0)) {
    cleanup();
  }
});

/** A client for a server on a free port, which is closed after the test. */
async function connectTo(server: net.Server | http2.Http2Server): Promise<SpanSender> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createOtlpClient();
  cleanups.push(() => {
    client.close();
    server.close();
  });
  return client;
}

/** A server that answers each export with the given body and trailers. */
function collector(body: Buffer, trailers: http2.OutgoingHttpHeaders): http2.Http2Server {
  const server = http2.createServer();
  server.on("stream", (stream) => {
    stream.resume().on("end", () => {
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers(trailers));
      stream.end(body);
    });
  });
  return server;
}

test("an OK is an OK, whatever the answer says, and what was rejected is known", async () => {
  const frame = (...message: number[]) => Buffer.from([0, 0, 0, 0, message.length, ...message]);
  const ok = { "grpc-status": "0" };
  const plain = await connectTo(collector(frame(), ok));
  assert.deepEqual(await plain.send(spans, 5_000), { kind: "accepted", rejected: 0, reason: "" });
  // ExportTraceServiceResponse{partial_success: {rejected_spans: 1, error_message: "no"}}.
  const partial = await connectTo(collector(frame(10, 6, 8, 1, 18, 2, 110, 111), ok));
  assert.deepEqual(await partial.send(spans, 5_000), { kind: "accepted", rejected: 1, reason: "no" });
  const nonsense = await connectTo(collector(frame(10, 200, 255), ok));
  assert.equal((await nonsense.send(spans, 5_000)).kind, "accepted");
});

test("a refusal carries the details of its status", async () => {
  // google.rpc.Status{details: [RetryInfo{retry_delay: {seconds: 2}}]}.
  const url = Buffer.from("type.googleapis.com/google.rpc.RetryInfo");
  const value = Buffer.from([10, 2, 8, 2]);
  const any = Buffer.concat([Buffer.from([10, url.length]), url, Buffer.from([18, value.length]), value]);
  const details = Buffer.concat([Buffer.from([26, any.length]), any]).toString("base64");
  const trailers = { "grpc-status": "8", "grpc-message": "throttled", "grpc-status-details-bin": details };
  const throttled = await (await connectTo(collector(Buffer.alloc(0), trailers))).send(spans, 5_000);
  assert.deepEqual({ ...throttled, error: undefined }, { kind: "retry", afterMs: 2_000, error: undefined });
});

test("a Collector that does not answer is waited for no longer than was said", {
  timeout: 30_000,
}, async () => {
  const silent = http2.createServer().on("stream", (stream) => stream.on("error", () => {}));
  const result = await (await connectTo(silent)).send(spans, 50);
  assert.equal(result.kind, "retry");
});

// grpc-js alone waits longer each time, up to two minutes: for as many connections more than five.
test("a connection that breaks is tried again about every second, however long that goes on", {
  timeout: 60_000,
}, async () => {
  let connections = 0;
  const server = net.createServer((socket) => {
    connections++;
    socket.destroy();
  });
  const client = await connectTo(server);
  while (connections < 14) {
    assert.equal((await client.send(spans, 1_000)).kind, "retry");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

test("where no connection comes about in the time of a try, the next one begins anew", async () => {
  // The first connection is taken, and nothing is ever said on it, as if it led to an address that nobody has any more.
  const served = collector(Buffer.from([0, 0, 0, 0, 0]), { "grpc-status": "0" });
  const held: net.Socket[] = [];
  const front = net.createServer((socket) => {
    if (held.length === 0) held.push(socket.on("error", () => {}));
    else served.emit("connection", socket);
  });
  cleanups.push(() => {
    for (const socket of held) socket.destroy();
  });
  const client = await connectTo(front);
  const first = await client.send(spans, 300);
  assert.equal(first.kind, "retry");
  assert.equal((await client.send(spans, 5_000)).kind, "accepted");
});
