import type { Interceptor } from "@connectrpc/connect";
import { context as contexts } from "@opentelemetry/api";
import { Call } from "./call.ts";
import { report } from "./diagnostics.ts";
import { injectTrace } from "./headers.ts";
import type { Request } from "./options.ts";
import { isClaimed, markOwn } from "./own-interceptors.ts";
import type { Settings } from "./settings.ts";
import { traceCall } from "./trace-call.ts";

/** Makes the interceptor of a client. */
export function interceptClient(settings: Settings): Interceptor {
  return markOwn((next) => (request) => {
    const call = startCall(settings, request);
    return call === undefined ? next(request) : traceCall(call, request, next);
  });
}

/** Starts the call, and has the request carry it. Undefined if there is nothing to be done for it. */
function startCall(settings: Settings, request: Request): Call | undefined {
  try {
    if (isClaimed("client", request) || settings.extras?.passes(request) === false) {
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
