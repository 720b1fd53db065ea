import type { Interceptor } from "@connectrpc/connect";
import { context as contexts } from "@opentelemetry/api";
import type { Call } from "./call.ts";
import type { IterationObserver } from "./iterable.ts";
import { bindIterable } from "./iterable.ts";
import type { MessageRecorder } from "./messages.ts";
import type { AnyMessage, Request } from "./options.ts";

/** Runs a call, or what is left of it: the argument and the result of an interceptor. */
type CallFunction = ReturnType<Interceptor>;

/**
 * Runs a call inside its span, on either side: the span is active while the call runs and in each step of its
 * streams, and it ends with the call.
 */
export async function traceCall(call: Call, request: Request, next: CallFunction): ReturnType<CallFunction> {
  const { context, requests, responses } = call;
  let bound = request;
  if (request.stream) {
    bound = { ...request, message: bindIterable(request.message, context, requests && countOnly(requests)) };
  } else {
    requests?.message(request.message);
  }
  try {
    const response = await contexts.with(context, next, undefined, bound);
    call.response = response;
    if (!response.stream) {
      responses?.message(response.message);
      call.succeed();
      return response;
    }
    const message = bindIterable(response.message, context, call.recording ? call : undefined);
    return call.watchReader({ ...response, message }, message);
  } catch (reason) {
    call.fail(reason);
    throw reason;
  }
}

/** How a request's messages end says nothing about the end of the call. */
function countOnly(messages: MessageRecorder): IterationObserver {
  return {
    message: (value) => messages.message(value as AnyMessage),
    done() {},
    failed() {},
    abandoned() {},
  };
}
