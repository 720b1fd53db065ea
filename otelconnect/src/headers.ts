import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from "@opentelemetry/api";
import { context as contexts, trace } from "@opentelemetry/api";

const getter: TextMapGetter<Headers> = {
  keys: (headers) => [...headers.keys()],
  // Several lines of one header arrive joined by ", ", which is how W3C says to join tracestate.
  get: (headers, key) => headers.get(key) ?? undefined,
};

const setter: TextMapSetter<Headers> = {
  set: (headers, key, value) => headers.set(key, value),
};

/**
 * Writes a span's context into the headers of an outgoing request.
 *
 * Whatever stood there is taken away first, even fields that this context does not set: a forwarded request
 * may still carry the fields of the hop before, and a left over `tracestate` would belong to another trace.
 */
export function injectTrace(propagator: TextMapPropagator, context: Context, headers: Headers): void {
  for (const field of propagator.fields()) {
    headers.delete(field);
  }
  propagator.inject(context, headers, setter);
}

/**
 * Reads the caller's context from the headers of an incoming request.
 *
 * A span that happens to be active does not become the parent: it may be the one in which the server was
 * started, which every connection inherits. Other values of the active context are kept.
 */
export function extractTrace(propagator: TextMapPropagator, headers: Headers): Context {
  return propagator.extract(trace.deleteSpan(contexts.active()), headers, getter);
}
