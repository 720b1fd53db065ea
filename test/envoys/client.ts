import { randomBytes } from "node:crypto";
import * as http2 from "node:http2";
import { connect } from "node:net";
import { pour } from "./pour.ts";
import type { Deed } from "./stand-in.ts";

/** A request to an Envoy. */
export interface Asked {
  readonly path: string;
  readonly deed?: Deed;
  /** How much there is to the request: one message, a beginning and no end, or a flood without end. Default: one message. */
  readonly request?: "message" | "open" | "flood";
  /** Whether the answer is read. Default: true. */
  readonly isRead?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What came of a request, once its stream was closed. */
export interface Ended {
  /** Of its trace, by which its line in an access log is found. */
  readonly traceId: string;
  readonly status: number | undefined;
  readonly grpcStatus: string | undefined;
  readonly grpcMessage: string | undefined;
  /** Messages of an answer, as far as they were read. */
  readonly bytes: number;
  /** Why the stream was reset (RFC 9113, section 7); 0 when it was not. */
  readonly reset: number;
  /** On the clock of this process, in milliseconds. */
  readonly endedAt: number;
}

/** A connection of a caller. */
export interface Caller {
  /** Asks for something; done when the stream is closed. */
  ask(asked: Asked): Promise<Ended>;
  /** Whether the Envoy has closed the connection, or told it to go. */
  isGone(): boolean;
  close(): void;
}

/** Connects to an Envoy with HTTP/2, from an address of this machine. */
export function connectTo(port: number, localAddress = "127.0.0.1"): Caller {
  const session = http2.connect(`http://127.0.0.1:${port}`, {
    createConnection: () => connect({ port, host: "127.0.0.1", localAddress }),
  });
  let isGone = false;
  // A connection that is refused or cut is what some tests are about; they ask whether it is gone.
  session.on("error", () => undefined);
  for (const event of ["goaway", "close"]) session.on(event, () => (isGone = true));
  return {
    ask: (asked) => ask(session, asked),
    isGone: () => isGone,
    close: () => session.destroy(),
  };
}

function ask(
  session: http2.ClientHttp2Session,
  { path, deed = "answer", request = "message", isRead = true, headers = {} }: Asked,
): Promise<Ended> {
  const traceId = randomBytes(16).toString("hex");
  const stream = session.request(
    {
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
      "x-do": deed,
      traceparent: `00-${traceId}-${randomBytes(8).toString("hex")}-01`,
      ...headers,
    },
    { endStream: false },
  );
  if (request === "message") stream.end(Buffer.alloc(5));
  if (request === "flood") pour(stream);
  let status: number | undefined;
  let grpcStatus: string | undefined;
  let grpcMessage: string | undefined;
  let bytes = 0;
  const note = (it: http2.IncomingHttpHeaders) => {
    status ??= it[":status"] === undefined ? undefined : Number(it[":status"]);
    grpcStatus ??= it["grpc-status"] as string | undefined;
    grpcMessage ??= it["grpc-message"] as string | undefined;
  };
  stream.on("response", note);
  stream.on("trailers", note);
  if (isRead) {
    stream.on("data", (chunk: Buffer) => (bytes += chunk.length));
  }
  // A stream whose data is unread is not closed by Node, not even when it is reset.
  stream.once("aborted", () => stream.destroy());
  return new Promise((resolve) => {
    stream.on("error", () => undefined);
    stream.once("close", () =>
      resolve({
        traceId,
        status,
        grpcStatus,
        grpcMessage,
        bytes,
        reset: stream.rstCode ?? 0,
        endedAt: performance.now(),
      }),
    );
  });
}
