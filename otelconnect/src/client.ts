import type { Interceptor } from "@connectrpc/connect";
import { context as contexts } from "@opentelemetry/api";
import { startCallSpan } from "./call-span.ts";
import { injectTrace } from "./headers.ts";
import type { Options } from "./options.ts";
import { resolveOptions } from "./options.ts";
import { traceCall } from "./trace-call.ts";

/** What a client can be told. */
export type ClientOptions = Options;

/**
 * Makes an interceptor for a client's transport. Each call gets a CLIENT span whose parent is the span that
 * is active where the call is made, and the request carries that span to the server.
 *
 * The span of a unary call ends with the response, that of a stream when the response was read to its end.
 * A reader that leaves a stream early should abort the call's signal: that ends the span and tells the
 * server. One that does not leaves the stream open, and its span ends when the garbage collector finds it.
 *
 * Put it last in the list of interceptors to have the spans of retries apart, first to have one for all.
 */
export function createClientInterceptor(options: ClientOptions = {}): Interceptor {
  const settings = resolveOptions(options);
  return (next) => async (request) => {
    if (!settings.filter(request)) {
      return next(request);
    }
    const call = startCallSpan(settings.tracer(), "client", request, contexts.active());
    injectTrace(settings.propagator(), call.context, request.header);
    return traceCall(call, request, next, "the response was not read to its end");
  };
}
