import type {
  Context,
  SpanContext,
  TextMapGetter,
  TextMapPropagator,
  TextMapSetter,
} from "@opentelemetry/api";
import { createContextKey, trace } from "@opentelemetry/api";
import type { Traceparent } from "./traceparent.ts";
import { formatTraceparent, parseTraceparent, randomFlag, sampledFlag } from "./traceparent.ts";
import { isStrict, parseTracestate } from "./tracestate.ts";

const traceparentHeader = "traceparent";
const tracestateHeader = "tracestate";

/** Where a context keeps what its trace's caller said of the trace id: SDKs do not hand that flag on to their spans. */
const callersFlags = createContextKey("@envoy-mesh-lab/otelconnect the caller's trace flags");

/**
 * Where the SDK keeps that a context is not to be traced, as while it sends spans. The key goes by its name, so that it
 * can be read without the SDK; `suppressTracing` of `@opentelemetry/core`.
 */
const suppressed = createContextKey("OpenTelemetry SDK Context Key SUPPRESS_TRACING");

/**
 * Makes a propagator of W3C Trace Context that keeps to the letter of its Level 2: https://www.w3.org/TR/trace-context-2/
 *
 * What is malformed is neither believed nor passed on: a malformed `traceparent` leaves the context as it was, so that a
 * new trace starts; a malformed `tracestate` is discarded as a whole, and the trace goes on. It never throws.
 *
 * The random flag of a trace that is continued goes on as it came ("Random Trace ID Flag"). For a trace that starts
 * here it is what the SDK's span says, as only the SDK knows how it makes ids.
 */
export function createTraceContextPropagator(): TextMapPropagator {
  return { inject, extract, fields: () => [traceparentHeader, tracestateHeader] };
}

function extract<C>(context: Context, carrier: C, getter: TextMapGetter<C>): Context {
  const parent = parseTraceparent(read(carrier, getter, traceparentHeader) ?? "");
  if (parent === undefined) {
    return context;
  }
  const { traceId, spanId, flags } = parent;
  const state = parseTracestate(read(carrier, getter, tracestateHeader) ?? "");
  const spanContext: SpanContext = {
    traceId,
    spanId,
    traceFlags: flags,
    isRemote: true,
    ...(state === undefined ? {} : { traceState: state }),
  };
  return trace.setSpanContext(context.setValue(callersFlags, parent), spanContext);
}

/** All lines of a header, as one. */
function read<C>(carrier: C, getter: TextMapGetter<C>, name: string): string | undefined {
  const value: unknown = getter.get(carrier, name);
  const lines = Array.isArray(value) ? value.join(",") : value;
  return typeof lines === "string" ? lines : undefined;
}

function inject<C>(context: Context, carrier: C, setter: TextMapSetter<C>): void {
  const span = trace.getSpanContext(context);
  if (span === undefined || context.getValue(suppressed) === true) {
    return;
  }
  const { traceId, spanId, traceFlags, traceState } = span;
  const flags = (traceFlags & sampledFlag) | randomOf(context, span);
  const header = formatTraceparent({ traceId, spanId, flags });
  // Ids of a span that is not real, or of an SDK with other ideas of an id.
  if (parseTraceparent(header) === undefined) {
    return;
  }
  setter.set(carrier, traceparentHeader, header);
  const strict =
    traceState === undefined || isStrict(traceState) ? traceState : parseTracestate(traceState.serialize());
  const state = strict?.serialize() ?? "";
  if (state !== "") {
    setter.set(carrier, tracestateHeader, state);
  }
}

/** The random flag of a span's trace. */
function randomOf(context: Context, span: SpanContext): number {
  const caller = context.getValue(callersFlags) as Traceparent | undefined;
  return (caller?.traceId === span.traceId ? caller.flags : span.traceFlags) & randomFlag;
}
