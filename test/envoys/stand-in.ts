import { once } from "node:events";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { pour } from "./pour.ts";

/** What a stand-in does with a request: a caller asks for it in the header `x-do`. */
export type Deed =
  /** Answers, at once. The default. */
  | "answer"
  /** Says nothing. */
  | "silence"
  /** Begins an answer, and says no more. */
  | "begin"
  /** Answers without end, a little now and then. */
  | "chat"
  /** Answers without end, as fast as it is read. */
  | "flood"
  /** Does not read the request, and says nothing. */
  | "unread";

/** A server over HTTP/2 that stands for all whom an Envoy calls: the service or sidecar behind it, and the Collector. */
export interface StandIn {
  readonly port: number;
  /** Exports of spans that it has taken. */
  readonly exports: () => number;
  stop(): void;
}

/** How often a chat says something, in milliseconds. */
const chatMs = 200;
/** An empty message of gRPC, and the answer of a service that is well (grpc.health.v1: status SERVING). */
const empty = Buffer.alloc(5);
const serving = Buffer.from([0, 0, 0, 0, 2, 8, 1]);
/** Starts one on a free port. */
export async function startStandIn(): Promise<StandIn> {
  let exports = 0;
  const server = http2.createServer();
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  server.on("stream", (stream, headers) => {
    // An Envoy that ends a stream resets it; that is what the tests are about.
    stream.on("error", () => undefined);
    if (headers["x-do"] !== "unread") stream.resume();
    const path = String(headers[":path"]);
    if (path === "/readyz") {
      stream.respond({ ":status": 200 }, { endStream: true });
    } else if (path.startsWith("/grpc.health.")) {
      answer(stream, serving);
    } else if (path.startsWith("/opentelemetry.")) {
      exports++;
      answer(stream, empty);
    } else {
      does[(headers["x-do"] ?? "answer") as Deed](stream);
    }
  });
  const does: Record<Deed, (stream: http2.ServerHttp2Stream) => void> = {
    answer: (stream) => answer(stream, empty),
    silence: () => undefined,
    // A stream whose data is unread is not closed by Node, not even when it is reset.
    unread: (stream) => stream.once("aborted", () => stream.destroy()),
    begin: (stream) => {
      begin(stream);
      stream.write(empty);
    },
    chat: (stream) => {
      begin(stream);
      const timer = setInterval(() => stream.write(empty), chatMs);
      stream.once("close", () => clearInterval(timer));
    },
    flood: (stream) => {
      begin(stream);
      pour(stream);
    },
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    exports: () => exports,
    stop() {
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}

function begin(stream: http2.ServerHttp2Stream): void {
  stream.respond({ ":status": 200, "content-type": "application/grpc" });
}

function answer(stream: http2.ServerHttp2Stream, message: Buffer): void {
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.end(message);
}
