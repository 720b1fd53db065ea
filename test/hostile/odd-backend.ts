import * as http from "node:http";
import * as http2 from "node:http2";
import type { Socket } from "node:net";
import { createServer } from "node:net";
import { envelope } from "./envelope.ts";
import { endHeaders, endStream, fields, frame, type } from "./frames.ts";
import type { OddAnswer } from "./odd-answers.ts";

// Usage: stands for the backend in the mesh, and answers as no service should: a drink's name says how.

/** The protocol that a call came with, and how it ends a stream well. */
const protocols = {
  "application/grpc": { trailers: true, end: Buffer.alloc(0) },
  "application/grpc-web": { trailers: false, end: envelope(0x80, "grpc-status: 0\r\n") },
  "application/connect": { trailers: false, end: envelope(2, "{}") },
  "application/": { trailers: false, end: Buffer.alloc(0) },
};

/** A call to answer. */
interface Call {
  readonly stream: http2.ServerHttp2Stream;
  readonly type: string;
  /** The connection, to write to it what no library would. */
  readonly socket: Socket;
  readonly protocol: (typeof protocols)[keyof typeof protocols];
}

/** Answers with a body and, where the protocol has them, trailers. */
function answer(
  { stream, type: contentType, protocol }: Call,
  body: Buffer,
  trailers?: Record<string, string>,
) {
  stream.respond({ ":status": 200, "content-type": contentType }, { waitForTrailers: protocol.trailers });
  stream.once("wantTrailers", () => stream.sendTrailers(trailers ?? { "grpc-status": "0" }));
  stream.end(body);
}

/** The last envelope of a body with something else in it; none where trailers or nothing end an answer. */
function endOf({ protocol }: Call, payload: string): Buffer {
  return protocol.end.length > 0 ? envelope(protocol.end.readUInt8(0), payload) : protocol.end;
}

const large = 5 * 1024 * 1024;

/** The ways to answer, by a drink's name. */
const deeds: Record<OddAnswer, (call: Call) => void> = {
  "bytes that are no frames": ({ socket }) => socket.write(Buffer.alloc(10_000, 0xee)),
  "headers without end": ({ stream, socket }) => {
    const id = stream.id ?? 1;
    socket.write(frame(type.headers, 0, id, fields([[":status", "200"]])));
    const more = Buffer.concat(
      Array.from({ length: 200 }, () =>
        frame(type.continuation, 0, id, fields([["x-a", "a".repeat(1_000)]])),
      ),
    );
    socket.write(more);
  },
  "headers of 100 kB": ({ stream, socket, type: contentType }) => {
    const id = stream.id ?? 1;
    const [first = "", ...rest] = Array.from({ length: 10 }, (_, i) => `x-${i}`);
    socket.write(
      frame(
        type.headers,
        0,
        id,
        fields([
          [":status", "200"],
          ["content-type", contentType],
          [first, "a"],
        ]),
      ),
    );
    for (const name of rest)
      socket.write(frame(type.continuation, 0, id, fields([[name, "a".repeat(10_000)]])));
    socket.write(frame(type.continuation, endHeaders, id, fields([["x-last", "a"]])));
  },
  "headers that are malformed": ({ stream, socket }) => {
    socket.write(
      frame(
        type.headers,
        endHeaders | endStream,
        stream.id ?? 1,
        fields([
          [":status", "two hundred"],
          ["X-A", "1"],
        ]),
      ),
    );
  },
  "a pseudo header in the trailers": ({ stream, socket, type: contentType }) => {
    const id = stream.id ?? 1;
    socket.write(
      frame(
        type.headers,
        endHeaders,
        id,
        fields([
          [":status", "200"],
          ["content-type", contentType],
        ]),
      ),
    );
    socket.write(
      frame(
        type.headers,
        endHeaders | endStream,
        id,
        fields([
          [":status", "200"],
          ["grpc-status", "0"],
        ]),
      ),
    );
  },
  "no end": (call) => {
    call.stream.respond({ ":status": 200, "content-type": call.type });
    call.stream.end(envelope(0, ""));
  },
  "a status that is none": (call) =>
    answer(call, endOf(call, "grpc-status: tea\r\n"), { "grpc-status": "tea" }),
  "a message of 5 MB": (call) =>
    answer(call, Buffer.concat([envelope(0, Buffer.alloc(large)), call.protocol.end])),
  "a message of 4 GB by its length": (call) => answer(call, envelope(0, "x", 0xffff_ffff)),
  "a message that is cut off": (call) => answer(call, envelope(0, "x", 100)),
  "a compressed message without an encoding": (call) =>
    answer(call, Buffer.concat([envelope(1, "xx"), call.protocol.end])),
  "bytes that are no protobuf": (call) =>
    answer(call, Buffer.concat([envelope(0, Buffer.alloc(1_000, 0xff)), call.protocol.end])),
  "a page": ({ stream }) => {
    stream.respond({ ":status": 200, "content-type": "text/html" });
    stream.end("<html>");
  },
  "an error message of 50 kB": (call) => {
    const message = "x".repeat(50_000);
    const end = call.type.startsWith("application/connect")
      ? JSON.stringify({ error: { code: "failed_precondition", message } })
      : `grpc-status: 9\r\ngrpc-message: ${message}\r\n`;
    answer(call, endOf(call, end), { "grpc-status": "9", "grpc-message": message });
  },
};

// Node refuses streams on a connection that holds 10 MB, as one does with answers that nobody took.
const h2 = http2.createServer({ maxSessionMemory: 1_000 });
h2.on("stream", (stream, headers) => {
  stream.on("error", () => undefined);
  const path = String(headers[":path"]);
  if (path.startsWith("/grpc.health.")) {
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(Buffer.from([0, 0, 0, 0, 2, 8, 1]));
    return;
  }
  const contentType = String(headers["content-type"]);
  const kind =
    (Object.keys(protocols) as (keyof typeof protocols)[]).findLast(
      (it) => contentType === it || contentType.startsWith(`${it}+`),
    ) ?? "application/";
  const socket = sockets.get(stream.session as http2.Http2Session);
  let request = "";
  let isDone = false;
  stream.on("data", (chunk: Buffer) => {
    request += chunk.toString("latin1");
    const name = (Object.keys(deeds) as OddAnswer[]).find((it) => request.includes(it));
    if (name === undefined || isDone || socket === undefined) return;
    isDone = true;
    deeds[name]({ stream, type: contentType, socket, protocol: protocols[kind] });
  });
});
h2.on("sessionError", () => undefined);

// `lab up` asks first whether its configuration is right; it has none.
if (process.argv.includes("--validate")) process.exit();

// What the mesh asks of a service: that it is ready, and how many spans it has, which are none.
const h1 = http.createServer((request, response) => {
  const counts = { started: 0, ended: 0, exported: 0, failed: 0, dropped: 0, tooLarge: 0, queued: 0 };
  response.end(request.url === "/debug/telemetry" ? JSON.stringify(counts) : "ok");
});

const sockets = new WeakMap<http2.Http2Session, Socket>();
const [host = "127.0.0.1", port = "8082"] = (process.env.LISTEN_ADDRESS ?? "").split(":");
createServer((socket) => {
  socket.on("error", () => undefined);
  const look = () => {
    const first: Buffer | null = socket.read();
    if (first === null) return;
    socket.off("readable", look);
    socket.unshift(first);
    const isHttp2 = first.toString("latin1").startsWith("PRI ");
    if (isHttp2) h2.once("session", (session) => sockets.set(session, socket));
    (isHttp2 ? h2 : h1).emit("connection", socket);
  };
  socket.on("readable", look);
}).listen(Number(port), host);
process.on("SIGTERM", () => process.exit());
