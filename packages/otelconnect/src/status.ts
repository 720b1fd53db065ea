import { Code, ConnectError } from "@connectrpc/connect";
import { shorten } from "./shorten.ts";

/** Which end of a call a span describes. */
export type Side = "client" | "server";

/** How one code is named on the wire, and at which end of the call it counts as an error. */
interface CodeEntry {
  /** Name in the Connect protocol. */
  readonly connect: string;
  /** Name in gRPC. */
  readonly grpc: string;
  /**
   * Whether the code is an error for the server too. For a client every code is one. A server has done its
   * work well when it tells a caller that the caller is wrong, so only faults of the server count there.
   */
  readonly serverError: boolean;
}

/**
 * The one table of codes. Which codes are errors where is given by the semantic conventions for gRPC and for
 * Connect: https://opentelemetry.io/docs/specs/semconv/rpc/grpc/ and .../rpc/connect-rpc/
 */
const codes: Readonly<Record<Code, CodeEntry>> = {
  [Code.Canceled]: { connect: "canceled", grpc: "CANCELLED", serverError: false },
  [Code.Unknown]: { connect: "unknown", grpc: "UNKNOWN", serverError: true },
  [Code.InvalidArgument]: { connect: "invalid_argument", grpc: "INVALID_ARGUMENT", serverError: false },
  [Code.DeadlineExceeded]: { connect: "deadline_exceeded", grpc: "DEADLINE_EXCEEDED", serverError: true },
  [Code.NotFound]: { connect: "not_found", grpc: "NOT_FOUND", serverError: false },
  [Code.AlreadyExists]: { connect: "already_exists", grpc: "ALREADY_EXISTS", serverError: false },
  [Code.PermissionDenied]: { connect: "permission_denied", grpc: "PERMISSION_DENIED", serverError: false },
  [Code.ResourceExhausted]: { connect: "resource_exhausted", grpc: "RESOURCE_EXHAUSTED", serverError: false },
  [Code.FailedPrecondition]: {
    connect: "failed_precondition",
    grpc: "FAILED_PRECONDITION",
    serverError: false,
  },
  [Code.Aborted]: { connect: "aborted", grpc: "ABORTED", serverError: false },
  [Code.OutOfRange]: { connect: "out_of_range", grpc: "OUT_OF_RANGE", serverError: false },
  [Code.Unimplemented]: { connect: "unimplemented", grpc: "UNIMPLEMENTED", serverError: true },
  [Code.Internal]: { connect: "internal", grpc: "INTERNAL", serverError: true },
  [Code.Unavailable]: { connect: "unavailable", grpc: "UNAVAILABLE", serverError: true },
  [Code.DataLoss]: { connect: "data_loss", grpc: "DATA_LOSS", serverError: true },
  [Code.Unauthenticated]: { connect: "unauthenticated", grpc: "UNAUTHENTICATED", serverError: false },
};

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
 * Tells how an error that ended a call shows on the call's span.
 *
 * @param reason Whatever was thrown, or the reason of the signal that was aborted.
 * @param side Which end of the call the span describes.
 * @param grpc Whether the protocol is gRPC or gRPC-Web, which name the codes differently from Connect.
 */
export function describeFailure(reason: unknown, side: Side, grpc: boolean): Failure {
  const error = toConnectError(reason, side);
  // Nothing keeps a number that is no code out of a ConnectError; Connect sends `unknown` for it.
  const entry = codes[Object.hasOwn(codes, error.code) ? error.code : Code.Unknown];
  return {
    statusCode: grpc ? entry.grpc : entry.connect,
    isError: side === "client" || entry.serverError,
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
