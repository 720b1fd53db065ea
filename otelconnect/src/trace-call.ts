import type { Interceptor, StreamRequest, UnaryRequest } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import { context as contexts } from "@opentelemetry/api";
import type { CallSpan } from "./call-span.ts";
import { bindIterable } from "./iterable.ts";

/** Runs a call, or what is left of it: the argument and the result of an interceptor. */
type CallFunction = ReturnType<Interceptor>;

/**
 * Runs a call inside its span, on either side: the span is active while the call runs and in each step of its
 * streams, and it ends with the call.
 *
 * @param leftEarly What the span says when whoever reads the response stops before its end.
 */
export async function traceCall(
  call: CallSpan,
  request: UnaryRequest | StreamRequest,
  next: CallFunction,
  leftEarly: string,
): ReturnType<CallFunction> {
  const bound = request.stream
    ? { ...request, message: bindIterable(request.message, call.context) }
    : request;
  try {
    const response = await contexts.with(call.context, () => next(bound));
    if (!response.stream) {
      call.succeed();
      return response;
    }
    const message = bindIterable(response.message, call.context, {
      done: call.succeed,
      failed: call.fail,
      abandoned: () => call.fail(new ConnectError(leftEarly, Code.Canceled)),
    });
    return { ...response, message };
  } catch (reason) {
    call.fail(reason);
    throw reason;
  }
}
