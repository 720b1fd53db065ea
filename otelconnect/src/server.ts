import type { Interceptor } from "@connectrpc/connect";
import { startCallSpan } from "./call-span.ts";
import { extractTrace } from "./headers.ts";
import type { Options } from "./options.ts";
import { resolveOptions } from "./options.ts";
import { traceCall } from "./trace-call.ts";

/** What a server can be told. */
export type ServerOptions = Options;

/**
 * Makes an interceptor for a server's router. Each call gets a SERVER span whose parent is the span that the
 * request's headers carry; a request without one, or with one that is malformed, starts a new trace.
 *
 * The span is active in the handler, in each step of a handler that is a generator too. It ends when the
 * handler has returned, or its stream is at its end, or the call was cancelled or passed its deadline.
 *
 * Put it first in the list of interceptors, so that the others run inside the span.
 */
export function createServerInterceptor(options: ServerOptions = {}): Interceptor {
  const settings = resolveOptions(options);
  return (next) => async (request) => {
    if (!settings.filter(request)) {
      return next(request);
    }
    const parent = extractTrace(settings.propagator(), request.header);
    const call = startCallSpan(settings.tracer(), "server", request, parent);
    return traceCall(call, request, next, "the caller did not read the response");
  };
}
