import * as http2 from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";
import { noteStream } from "./call-streams.ts";
import { keepEarlyAnswer } from "./early-answer.ts";

/**
 * Connections to one HTTP/2 server: one that takes new requests, and those before it that the server has
 * asked to finish.
 *
 * It stands in for connect-node's `Http2SessionManager`, which keeps each connection in memory that ends after a GOAWAY while a
 * call is open, up to version 2.3.0, as each does when a proxy is restarted: docs/upstream/drained-connection-is-kept.md.
 * Up to 2.2.0 it also took its error listener off too early, and a GOAWAY could end the whole process:
 * https://github.com/connectrpc/connect-es/issues/1768.
 */
export interface Http2Sessions {
  /** The origin of the server, `http://127.0.0.1:8080` for example. */
  readonly authority: string;
  /** Opens a stream, on a new connection if there is none that takes any. */
  request(
    method: string,
    path: string,
    headers: http2.OutgoingHttpHeaders,
    options: Omit<http2.ClientSessionRequestOptions, "signal">,
  ): Promise<http2.ClientHttp2Stream>;
  /** Part of what connect-node expects; nothing to do, as no keep-alive waits for bytes. */
  notifyResponseByteRead(stream: http2.ClientHttp2Stream): void;
  /** Cuts all connections. */
  close(): void;
}

/** Makes the connections to the server of a URL; the first is opened with the first request. */
export function createHttp2Sessions(url: string): Http2Sessions {
  const authority = new URL(url).origin;
  const sessions = new Set<http2.ClientHttp2Session>();
  let current: Promise<http2.ClientHttp2Session> | undefined;

  function open(): Promise<http2.ClientHttp2Session> {
    const session = http2.connect(authority);
    sessions.add(session);
    const opening = new Promise<http2.ClientHttp2Session>((resolve, reject) => {
      session.once("connect", () => resolve(session));
      // For as long as the session lives, as errors may come until then. After the connection is
      // established nobody waits for the error: it ends the session's streams, whose readers get it.
      session.on("error", (error) => reject(unreachable(authority, error)));
      session.once("close", () => reject(unreachable(authority, new Error("the connection was closed"))));
    });
    session.once("goaway", () => retire(opening));
    session.once("error", () => retire(opening));
    session.once("close", () => {
      retire(opening);
      sessions.delete(session);
    });
    return opening;
  }

  /** Has the next request open a new connection. */
  function retire(opening: Promise<http2.ClientHttp2Session>): void {
    if (current === opening) {
      current = undefined;
    }
  }

  return {
    authority,
    async request(method, path, headers, options) {
      for (;;) {
        current ??= open();
        const opening = current;
        const session = await opening;
        if (session.closed || session.destroyed) {
          // It ended between two events; nothing was sent yet.
          retire(opening);
          continue;
        }
        const stream = session.request({ ...headers, ":method": method, ":path": path }, options);
        noteStream(stream);
        keepAliveWhileOpen(session, stream);
        failUnanswered(session, stream);
        keepEarlyAnswer(stream);
        cancelPlainly(stream);
        stream.once("close", () => {
          // The connection's memory is used up, by us or by the server, and does not come back.
          if (stream.rstCode === http2.constants.NGHTTP2_ENHANCE_YOUR_CALM) {
            session.close();
            retire(opening);
          }
          // Node closes the streams of a broken connection as if somebody had cancelled them. Whoever has
          // read the response or has given up does not listen any more.
          if (session.destroyed && !stream.readableEnded && stream.listenerCount("error") > 0) {
            stream.emit("error", unreachable(authority, new Error("the connection broke")));
          }
        });
        return stream;
      }
    },
    notifyResponseByteRead() {},
    close() {
      for (const session of sessions) {
        session.destroy();
      }
    },
  };
}

/** Lets the process end while nothing but idle connections is left, as connect-node's manager does. */
function keepAliveWhileOpen(session: http2.ClientHttp2Session, stream: http2.ClientHttp2Stream): void {
  const open = (openStreams.get(session) ?? 0) + 1;
  openStreams.set(session, open);
  session.ref();
  stream.once("close", () => {
    const left = (openStreams.get(session) ?? 1) - 1;
    openStreams.set(session, left);
    if (left === 0 && !session.destroyed) {
      session.unref();
    }
  });
}

const openStreams = new WeakMap<http2.ClientHttp2Session, number>();

/**
 * Ends a stream that the server has closed without an error before it had read all of the request (RFC 9113, section
 * 8.1), when the answer that came with that is lost: Node drops it if both arrive while the request still waits to be
 * sent, and then neither reports nor closes the stream. The caller would wait for its deadline, or forever.
 */
function failUnanswered(session: http2.ClientHttp2Session, stream: http2.ClientHttp2Stream): void {
  let isAnswered = false;
  stream.once("response", () => {
    isAnswered = true;
  });
  stream.once("aborted", () => {
    if (!isAnswered && !session.destroyed && stream.rstCode === http2.constants.NGHTTP2_NO_ERROR) {
      const message =
        "the server ended the call before it had read the request, as for a message that is too large";
      stream.destroy(new ConnectError(message, Code.ResourceExhausted));
    }
  });
}

/**
 * Has a call that is given up, past its deadline for one, reset with CANCEL. connect-node says CANCEL only for
 * calls that were cancelled by hand and INTERNAL_ERROR otherwise, which the server then reports as a fault of
 * its own.
 */
function cancelPlainly(stream: http2.ClientHttp2Stream): void {
  const close = stream.close.bind(stream);
  const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR } = http2.constants;
  stream.close = (code, callback) => close(code === NGHTTP2_INTERNAL_ERROR ? NGHTTP2_CANCEL : code, callback);
}

function unreachable(authority: string, cause: Error): ConnectError {
  return new ConnectError(
    `cannot reach ${authority}: ${cause.message}`,
    Code.Unavailable,
    undefined,
    undefined,
    cause,
  );
}
