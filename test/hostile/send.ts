import * as http2 from "node:http2";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { frame, type } from "./frames.ts";
import type { HostileCase, Outcome, Sending, Target } from "./hostile-case.ts";

/** How long an answer may take, in milliseconds, before a connection counts as kept open in silence. */
const patienceMs = 2_000;

/** Sends a case to a target, and says what came of it. */
export function send({ send: sending }: HostileCase, target: Target): Promise<Outcome> {
  switch (sending.as) {
    case "bytes":
      return exchange(target, sending.bytes(target), statusOf);
    case "frames": {
      const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
      return exchange(
        target,
        Buffer.concat([preface, frame(type.settings, 0, 0), sending.frames(target)]),
        frameOf,
      );
    }
    case "request":
      return request(target, sending);
  }
}

/** Writes bytes to a connection, and reads until there is an outcome. */
async function exchange(
  { port }: Target,
  bytes: string | Buffer,
  read: (received: Buffer) => Outcome | undefined,
): Promise<Outcome> {
  const socket = connect(port, "127.0.0.1");
  let received = Buffer.alloc(0);
  const outcome = new Promise<Outcome>((resolve) => {
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      const found = read(received);
      if (found !== undefined) {
        resolve(found);
      }
    });
    // A peer that refuses the rest of what is written resets the connection; what it said before has been read.
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(read(received) ?? "closed"));
  });
  socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  const silence = delay(patienceMs, "open" as const, { ref: false });
  return Promise.race([outcome, silence]).finally(() => socket.destroy());
}

function statusOf(received: Buffer): Outcome | undefined {
  return /^HTTP\/1\.[01] (\d{3}) /.exec(received.toString("latin1"))?.[1] as Outcome | undefined;
}

/** The first frame that says what became of the stream, or of the connection. */
function frameOf(received: Buffer): Outcome | undefined {
  for (let at = 0; at + 9 <= received.length; ) {
    const length = received.readUIntBE(at, 3);
    const kind = received.readUInt8(at + 3);
    if (at + 9 + length > received.length) {
      return undefined;
    }
    if (kind === type.headers) {
      return "answered";
    }
    if (kind === type.reset) {
      return `reset ${received.readUInt32BE(at + 9)}`;
    }
    if (kind === type.goaway) {
      return `goaway ${received.readUInt32BE(at + 13)}`;
    }
    at += 9 + length;
  }
  return undefined;
}

async function request(target: Target, sending: Extract<Sending, { as: "request" }>): Promise<Outcome> {
  const session = http2.connect(`http://127.0.0.1:${target.port}`);
  session.on("error", () => undefined);
  try {
    const stream = session.request({
      ":method": sending.method ?? "POST",
      ":path": sending.path?.(target) ?? target.unary,
      ...sending.headers,
    });
    let status = "";
    let grpc: string | undefined;
    let type = "";
    const note = (headers: http2.IncomingHttpHeaders) => {
      grpc ??= headers["grpc-status"] as string | undefined;
    };
    stream.on("response", (headers) => {
      status = String(headers[":status"]);
      type = headers["content-type"] ?? "";
      note(headers);
    });
    stream.on("trailers", note);
    stream.on("error", () => undefined);
    const body: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => body.push(chunk));
    if (sending.method !== "GET") {
      stream.end(sending.body);
    }
    const closed = new Promise((resolve) => stream.once("close", resolve));
    await Promise.race([closed, delay(4 * patienceMs, undefined, { ref: false })]);
    if (grpc !== undefined) {
      return `grpc ${Number(grpc)}`;
    }
    const told = endOf(type, Buffer.concat(body));
    if (told !== undefined) {
      return told;
    }
    return status === "" ? (stream.closed ? `reset ${stream.rstCode ?? 0}` : "open") : (status as Outcome);
  } finally {
    session.destroy();
  }
}

/** What the last envelope of a body says, where the protocol has its status there; undefined where there is none. */
function endOf(type: string, body: Buffer): Outcome | undefined {
  const bytes = type.startsWith("application/grpc-web-text") ? Buffer.from(body.toString(), "base64") : body;
  for (let at = 0; at + 5 <= bytes.length; ) {
    const flags = bytes.readUInt8(at);
    const end = at + 5 + bytes.readUInt32BE(at + 1);
    const payload = bytes.toString("utf8", at + 5, end);
    const status = /^grpc-status: ?(\d+)/im.exec(payload)?.[1];
    if (type.startsWith("application/grpc-web") && flags & 0x80 && status) {
      return `grpc ${Number(status)}`;
    }
    if (type.startsWith("application/connect+") && flags & 2) {
      const { error } = JSON.parse(payload) as { error?: { code: string } };
      return `connect ${error?.code ?? "ok"}`;
    }
    at = end;
  }
  return undefined;
}

/** Says something to a target and hangs up after a while, in milliseconds; the answer does not matter. */
export async function speak({ port }: Target, bytes: Buffer, whileMs: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  // A peer may refuse what it does not understand.
  socket.on("error", () => undefined);
  socket.resume();
  socket.write(bytes);
  await delay(whileMs);
  socket.destroy();
}
