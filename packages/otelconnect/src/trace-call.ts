import type { Interceptor } from "@connectrpc/connect";
import { context as contexts } from "@opentelemetry/api";
import type { Call } from "./call.ts";
import { bindIterable } from "./iterable.ts";
import type { Request } from "./options.ts";

/** Runs a call, or what is left of it: the argument and the result of an interceptor. */
type CallFunction = ReturnType<Interceptor>;

/**
 * Runs a call inside its span, on either side: the span is active while the call runs and in each step of its
 * streams, and it ends with the call.
 */
export async function traceCall(call: Call, request: Request, next: CallFunction): ReturnType<CallFunction> {
  const { context, messages } = call;
  let bound = request;
  if (request.stream) {
    bound = { ...request, message: bindIterable(request.message, context, messages?.requests) };
  } else {
    messages?.requests.message(request.message);
  }
  try {
    const response = await contexts.with(context, next, undefined, bound);
    call.response = response;
    if (!response.stream) {
      messages?.responses.message(response.message);
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
