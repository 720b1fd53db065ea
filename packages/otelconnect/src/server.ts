import type { Interceptor } from "@connectrpc/connect";
import type { Context } from "@opentelemetry/api";
import { context as contexts, isSpanContextValid, trace } from "@opentelemetry/api";
import { Call } from "./call.ts";
import { report } from "./diagnostics.ts";
import { OptionExtras } from "./extras.ts";
import { extractTrace } from "./headers.ts";
import type { Request, ServerOptions } from "./options.ts";
import { isClaimed, markOwn } from "./own-interceptors.ts";
import type { Parentage, Settings } from "./settings.ts";
import { createSettings } from "./settings.ts";
import { spanKey } from "./span-key.ts";
import { traceCall } from "./trace-call.ts";
import { answerWithTrace } from "./trace-response.ts";
import { validateOptions } from "./validate.ts";

/** Decides whose trace context to believe. */
type TrustRemote = NonNullable<ServerOptions["trustRemote"]>;

/**
 * Makes an interceptor for a server's router. Each call gets a SERVER span whose parent is the span that the
 * request's headers carry; a request without one, or with one that is malformed, starts a new trace.
 *
 * The span is active in the handler, in each step of a handler that is a generator too. It ends when the
 * handler has returned, or its stream is at its end, or the call was cancelled or passed its deadline.
 *
 * Put it first in the list of interceptors, which makes it the outermost, so that the others run inside the span.
 *
 * @throws TypeError when an option is wrong; the message names it.
 */
export function createServerInterceptor(options: ServerOptions = {}): Interceptor {
  validateOptions("createServerInterceptor", options);
  const settings = createSettings("server", options, new OptionExtras("server", options));
  const { trustRemote = true, traceResponse = false } = options;
  return markOwn((next) => (request) => {
    const call = startCall(settings, trustRemote, request);
    if (call === undefined) {
      return next(request);
    }
    const answer = traceCall(call, request, next);
    return traceResponse && call.span !== undefined ? answerWithTrace(call.span, answer) : answer;
  });
}

/** Starts the call. Undefined if there is nothing to be done for it. */
function startCall(settings: Settings, trustRemote: TrustRemote, request: Request): Call | undefined {
  try {
    if (isClaimed("server", request) || settings.extras?.passes(request) === false) {
      return undefined;
    }
    const call = new Call(settings, request, readParentage(settings, trustRemote, request));
    if (call.span !== undefined) {
      try {
        request.contextValues.set(spanKey, call.span);
      } catch (error) {
        // The span has begun, and is to end with the call.
        report("handing the span to the handler", error);
      }
    }
    return call.isIdle() ? undefined : call;
  } catch (error) {
    report("starting the span of a call", error);
    return undefined;
  }
}

function readParentage(settings: Settings, trustRemote: TrustRemote, request: Request): Parentage {
  const local = withoutSpan(contexts.active());
  const remote = extractTrace(settings.propagator, local, request.header);
  if (isTrusted(trustRemote, request)) {
    return { context: remote };
  }
  const caller = trace.getSpanContext(remote);
  return caller === undefined || !isSpanContextValid(caller)
    ? { context: local }
    : { context: local, untrusted: { context: caller } };
}

/**
 * A span that happens to be active does not become the parent: it may be the one in which the server was
 * started, which every connection inherits. Other values of the active context are kept.
 */
function withoutSpan(context: Context): Context {
  return trace.getSpan(context) === undefined ? context : trace.deleteSpan(context);
}

function isTrusted(trustRemote: TrustRemote, request: Request): boolean {
  if (typeof trustRemote === "boolean") {
    return trustRemote;
  }
  try {
    return trustRemote(request) === true;
  } catch (error) {
    report("trustRemote", error);
    return false;
  }
}
