import type { Interceptor } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";

/** What a fault of the connection means to a call. */
export interface ConnectionFault {
  /** The code that the call should fail with. */
  readonly code: Code;
  /** Whether it is certain that the server did not begin to work on the call. */
  readonly unprocessed: boolean;
}

/** Codes of Node's errors that say that the connection broke or was closed under the call. */
const brokenConnection = new Set([
  "ECONNRESET",
  "EPIPE",
  "ERR_HTTP2_GOAWAY_SESSION",
  "ERR_HTTP2_INVALID_SESSION",
  "ERR_HTTP2_SESSION_ERROR",
  "ERR_HTTP2_STREAM_CANCEL",
  "ERR_STREAM_PREMATURE_CLOSE",
]);

/**
 * What connect-es 2.2.0 says of an answer that is cut off or malformed. It gives that the code of a request that is so,
 * `invalid_argument`, which blames the caller; gRPC has `internal` for it.
 */
const unreadable =
  /^(protocol error: (incomplete envelope|missing EndStreamResponse)|failed to parse EndStreamResponse)/;

/**
 * Tells whether an error comes from a connection rather than from the server's answer, and what it means.
 *
 * connect-node 2.2.0 gives most of these errors the code `internal` or `aborted`, which asks a caller not
 * to try again; a server that restarts is `unavailable`. What the resets mean is said by gRPC:
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#errors
 */
export function connectionFault(error: unknown): ConnectionFault | undefined {
  if (
    error instanceof ConnectError &&
    error.code === Code.InvalidArgument &&
    unreadable.test(error.rawMessage)
  ) {
    return { code: Code.Internal, unprocessed: false };
  }
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = "code" in cause ? cause.code : undefined;
    if (code === "ERR_HTTP2_STREAM_ERROR") {
      // Node names the reset in the message only.
      if (cause.message.includes("NGHTTP2_REFUSED_STREAM")) {
        return { code: Code.Unavailable, unprocessed: true };
      }
      if (cause.message.includes("NGHTTP2_ENHANCE_YOUR_CALM")) {
        return { code: Code.ResourceExhausted, unprocessed: false };
      }
      // With this an Envoy (1.40) ends an answer whose rest it cannot get, as from a server that died in the middle of it. gRPC
      // reads it as `internal`; but a server that has an error to report puts it into the answer.
      if (cause.message.includes("NGHTTP2_INTERNAL_ERROR")) {
        return { code: Code.Unavailable, unprocessed: false };
      }
    } else if (typeof code === "string" && brokenConnection.has(code)) {
      return { code: Code.Unavailable, unprocessed: false };
    }
  }
  return undefined;
}

/** How often a call is tried at most. Each further try is on a new connection. */
const maxTries = 3;

/**
 * Makes an interceptor for a client's transport that gives faults of the connection their right code, and
 * tries a unary call again that the server has certainly not begun: one that a draining server refused, see
 * RFC 9113, section 8.7. Streams are not tried again, as part of their input is gone.
 */
export function createConnectionFaults(): Interceptor {
  return (next) => async (request) => {
    for (let tries = 1; ; tries++) {
      try {
        const response = await next(request);
        return response.stream ? { ...response, message: translate(response.message) } : response;
      } catch (error) {
        const fault = request.signal.aborted ? undefined : connectionFault(error);
        if (fault?.unprocessed && !request.stream && tries < maxTries) {
          continue;
        }
        throw withCode(error, fault);
      }
    }
  };
}

async function* translate<T>(messages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (error) {
    throw withCode(error, connectionFault(error));
  }
}

function withCode(error: unknown, fault: ConnectionFault | undefined): unknown {
  if (fault === undefined) {
    return error;
  }
  const { rawMessage, metadata } = ConnectError.from(error);
  return new ConnectError(rawMessage, fault.code, metadata, undefined, error);
}
