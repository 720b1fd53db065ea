import type { StreamRequest, UnaryRequest } from "@connectrpc/connect";
import type { Context, Tracer } from "@opentelemetry/api";
import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { describeRequest } from "./request.ts";
import { ATTR_ERROR_TYPE, ATTR_RPC_STATUS_CODE } from "./semconv.ts";
import type { Side } from "./status.ts";
import { describeFailure } from "./status.ts";

/** The span of one call. It ends with whatever ends the call first; what comes later changes nothing. */
export interface CallSpan {
  /** The context in which the span is active. */
  readonly context: Context;
  /** The call ended well. */
  succeed(): void;
  /** The call ended with an error. */
  fail(reason: unknown): void;
}

/**
 * Starts the span of a call.
 *
 * The span also ends when the request's signal is aborted: a cancelled call or one past its deadline is over
 * for its caller, even where a handler works on or a stream is never read to its end.
 */
export function startCallSpan(
  tracer: Tracer,
  side: Side,
  request: UnaryRequest | StreamRequest,
  parent: Context,
): CallSpan {
  const { method, grpc, attributes } = describeRequest(request);
  const kind = side === "client" ? SpanKind.CLIENT : SpanKind.SERVER;
  const span = tracer.startSpan(method, { kind, attributes }, parent);
  let ended = false;

  function end(): boolean {
    if (ended) {
      return false;
    }
    ended = true;
    request.signal.removeEventListener("abort", onAbort);
    return true;
  }
  function succeed(): void {
    if (end()) {
      // Connect has codes for errors only; in gRPC, success is a code too.
      if (grpc) {
        span.setAttribute(ATTR_RPC_STATUS_CODE, "OK");
      }
      span.end();
    }
  }
  function fail(reason: unknown): void {
    if (end()) {
      const failure = describeFailure(reason, side, grpc);
      span.setAttribute(ATTR_RPC_STATUS_CODE, failure.statusCode);
      if (failure.isError) {
        span.setAttribute(ATTR_ERROR_TYPE, failure.statusCode);
        span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message });
      }
      span.end();
    }
  }
  function onAbort(): void {
    fail(request.signal.reason);
  }

  if (request.signal.aborted) {
    onAbort();
  } else {
    request.signal.addEventListener("abort", onAbort);
  }
  return { context: trace.setSpan(parent, span), succeed, fail };
}
