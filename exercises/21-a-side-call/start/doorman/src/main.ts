// The doorman: the edge asks it about each request, with Envoy's external authorization over gRPC (ext_authz), and waits for the
// answer. It looks the guest up in the guest list. There is nothing to change here.
import { createServer as createHealthServer } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import { createServer } from "node:http2";
import type { Context } from "@opentelemetry/api";
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { startNodeSdk } from "@opentelemetry/sdk-node";
import { readRequestHeaders, writeAnswer } from "./authorization.ts";
import type { Question } from "./tracing.ts";
import { incoming, outgoing } from "./tracing.ts";

const [, host = "", port] = /^(.+):(\d+)$/.exec(process.env.LISTEN_ADDRESS ?? "") ?? [];
// Whoever asks whether it runs speaks HTTP/1.1, and an edge that asks for guests HTTP/2; without TLS, each has a port.
const [, healthHost = "", healthPort] = /^(.+):(\d+)$/.exec(process.env.HEALTH_ADDRESS ?? "") ?? [];
const guestList = process.env.GUEST_LIST_URL;
if (port === undefined || healthPort === undefined || guestList === undefined)
  throw new Error(
    "LISTEN_ADDRESS and HEALTH_ADDRESS are host:port, GUEST_LIST_URL is where the guest list is",
  );

const sdk = startNodeSdk({
  metricReaders: [],
  logRecordProcessors: [],
  resourceDetectors: [],
  resourceAttributes: { "service.name": "doorman" },
});
const tracer = trace.getTracer("doorman");

/** Does some work in a span below the one of a context. */
function inSpan<T>(name: string, kind: SpanKind, parent: Context, work: () => Promise<T>): Promise<T> {
  return tracer.startActiveSpan(name, { kind }, parent, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Whether the guest list has a guest who is let in; whoever gives no name is. */
function isWelcome(guest: string, question: Question): Promise<boolean> {
  return inSpan("GET /guests/{guest}", SpanKind.CLIENT, context.active(), async () => {
    const url = new URL(`/guests/${encodeURIComponent(guest)}`, guestList);
    const response = await fetch(url, { headers: outgoing(question) });
    const { welcome } = (await response.json()) as { welcome: boolean };
    return welcome;
  });
}

/** Answers one question of the edge. */
async function answer(stream: ServerHttp2Stream, metadata: Record<string, string>): Promise<void> {
  // A gRPC message has five bytes before it: whether it is compressed, and how long it is.
  const bytes = Buffer.concat(await Array.fromAsync(stream as AsyncIterable<Buffer>)).subarray(5);
  const question = { request: readRequestHeaders(bytes), metadata };
  console.log(JSON.stringify({ msg: "asked", ...question }));
  const guest = question.request["x-guest"] ?? "nobody";
  const welcome = await inSpan(
    "envoy.service.auth.v3.Authorization/Check",
    SpanKind.SERVER,
    incoming(question),
    () => isWelcome(guest, question),
  );
  const message = writeAnswer(welcome ? undefined : "you are not on the list");
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.end(Buffer.concat([prefix, message]));
}

const server = createServer();
server.on("stream", (stream, headers) => {
  const metadata = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === "string" && !name.startsWith(":") ? [[name, value] as const] : [],
  );
  answer(stream, Object.fromEntries(metadata)).catch((error: unknown) => {
    // 14 is UNAVAILABLE; the edge then lets nobody in.
    stream.respond(
      {
        ":status": 200,
        "content-type": "application/grpc",
        "grpc-status": 14,
        "grpc-message": encodeURIComponent(String(error)),
      },
      { endStream: true },
    );
  });
});
server.listen(Number(port), host);
const health = createHealthServer((_, response) => response.end("ready\n"));
health.listen(Number(healthPort), healthHost);

process.once("SIGTERM", async () => {
  await sdk.shutdown();
  process.exit(0);
});
