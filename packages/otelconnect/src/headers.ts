import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from "@opentelemetry/api";

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

/** Reads the caller's context from the headers of an incoming request and adds it to the given context. */
export function extractTrace(propagator: TextMapPropagator, context: Context, headers: Headers): Context {
  return propagator.extract(context, headers, getter);
}
