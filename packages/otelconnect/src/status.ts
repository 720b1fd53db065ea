import { Code, ConnectError } from "@connectrpc/connect";
import { shorten } from "./shorten.ts";

/** Which end of a call a span describes. */
export type Side = "client" | "server";

/**
 * The codes that are errors for a server too. For a client every code is one. A server has done its work well when it tells a
 * caller that the caller is wrong, so only faults of the server count there, as the semantic conventions for gRPC and for
 * Connect have it: https://opentelemetry.io/docs/specs/semconv/rpc/grpc/ and .../rpc/connect-rpc/
 */
const faultsOfServer: ReadonlySet<Code> = new Set([
  Code.Unknown,
  Code.DeadlineExceeded,
  Code.Unimplemented,
  Code.Internal,
  Code.Unavailable,
  Code.DataLoss,
]);

/** The name of a code on the wire, made from that in `Code`: `NotFound` is `not_found` in Connect, `NOT_FOUND` in gRPC. */
function nameOf(code: Code, grpc: boolean): string {
  const name = Code[code].replace(/\B[A-Z]/g, "_$&");
  if (!grpc) {
    return name.toLowerCase();
  }
  // The one that Connect spells otherwise.
  return code === Code.Canceled ? "CANCELLED" : name.toUpperCase();
}

/** How a call that failed stands on its span. */
export interface Failure {
  /** Value of `rpc.status_code`, in the words of the protocol. */
  readonly statusCode: string;
  /** Whether the span is an error: status ERROR and an `error.type`. */
  readonly isError: boolean;
  /** The error's message, without the code in front; cut where it is long, as a peer may have written it. */
  readonly message: string;
}

/**
 * Says how an error that ended a call shows on the call's span.
 *
 * @param reason Whatever was thrown, or the reason of the signal that was aborted.
 * @param side Which end of the call the span describes.
 * @param grpc Whether the protocol is gRPC or gRPC-Web, which name the codes differently from Connect.
 */
export function describeFailure(reason: unknown, side: Side, grpc: boolean): Failure {
  const error = toConnectError(reason, side);
  // Nothing keeps a number that is no code out of a ConnectError; Connect sends `unknown` for it.
  const code = typeof Code[error.code] === "string" ? error.code : Code.Unknown;
  return {
    statusCode: nameOf(code, grpc),
    isError: side === "client" || faultsOfServer.has(code),
    message: shorten(error.rawMessage),
  };
}

/**
 * Gives an error the code that Connect itself gives it: a handler's foreign error is answered with `internal`,
 * a client sees `unknown`, and an abort is `canceled` on both sides.
 */
function toConnectError(reason: unknown, side: Side): ConnectError {
  if (reason instanceof ConnectError) {
    return reason;
  }
  if (reason instanceof Error && reason.name === "AbortError") {
    return connectErrorFrom(reason, Code.Canceled);
  }
  return connectErrorFrom(reason, side === "server" ? Code.Internal : Code.Unknown);
}

/** What `ConnectError.from` makes of a reason, also of one that has no text, an object without a prototype for example. */
export function connectErrorFrom(reason: unknown, code: Code): ConnectError {
  try {
    return ConnectError.from(reason, code);
  } catch {
    return new ConnectError(Object.prototype.toString.call(reason), code);
  }
}
