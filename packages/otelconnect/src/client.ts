import type { Interceptor } from "@connectrpc/connect";
import { context as contexts } from "@opentelemetry/api";
import { Call } from "./call.ts";
import { report } from "./diagnostics.ts";
import { injectTrace } from "./headers.ts";
import type { ClientOptions, Request } from "./options.ts";
import { isClaimed, markOwn } from "./own-interceptors.ts";
import type { Settings } from "./settings.ts";
import { passesFilter, resolveOptions } from "./settings.ts";
import { traceCall } from "./trace-call.ts";
import { validateOptions } from "./validate.ts";

/**
 * Makes an interceptor for a client's transport. Each call gets a CLIENT span whose parent is the span that
 * is active where the call is made, and the request carries that span to the server.
 *
 * The span of a unary call ends with the response, that of a stream when the response was read to its end.
 * A reader that leaves a stream early should abort the call's signal: that ends the span and tells the
 * server. One that does not leaves the stream open, and its span ends when the garbage collector finds it.
 *
 * The first interceptor of the list is the outermost: put it first to have one span for all tries of an
 * interceptor that tries again, last to have the tries apart.
 *
 * @throws TypeError when an option is wrong; the message names it.
 */
export function createClientInterceptor(options: ClientOptions = {}): Interceptor {
  validateOptions("createClientInterceptor", options);
  const settings = resolveOptions("client", options);
  return markOwn((next) => (request) => {
    const call = startCall(settings, request);
    return call === undefined ? next(request) : traceCall(call, request, next);
  });
}

/** Starts the call, and has the request carry it. Undefined if there is nothing to be done for it. */
function startCall(settings: Settings, request: Request): Call | undefined {
  try {
    if (isClaimed("client", request) || !passesFilter(settings, request)) {
      return undefined;
    }
    const call = new Call(settings, request, { context: contexts.active() });
    try {
      injectTrace(settings.propagator, call.context, request.header);
    } catch (error) {
      // The span has begun, and is to end with the call.
      report("injecting the trace of a call", error);
    }
    return call.isIdle() ? undefined : call;
  } catch (error) {
    report("starting the span of a call", error);
    return undefined;
  }
}
