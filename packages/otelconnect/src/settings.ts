import type { Attributes, Context, TextMapPropagator, Tracer, TracerProvider } from "@opentelemetry/api";
import { propagation, trace } from "@opentelemetry/api";
import { report } from "./diagnostics.ts";
import type { CapturedHeader } from "./header-capture.ts";
import { capturedHeaders } from "./header-capture.ts";
import type { Instruments } from "./instruments.ts";
import { createInstrumentSource } from "./instruments.ts";
import type { Options, Request, Response, StreamTracing } from "./options.ts";
import type { DescriptionCache } from "./request.ts";
import { ATTR_RPC_REQUEST_HEADER, ATTR_RPC_RESPONSE_HEADER } from "./semconv.ts";
import { shorten, shortenAttributes } from "./shorten.ts";
import type { Side } from "./status.ts";

/** The options of one interceptor, with the defaults filled in, as a call uses them. */
export interface Settings {
  readonly side: Side;
  /** The tracer to use right now. */
  readonly tracer: () => Tracer;
  readonly propagator: TextMapPropagator;
  /** The instruments to use right now; undefined while nobody measures. */
  readonly instruments: () => Instruments | undefined;
  readonly options: Options;
  readonly requestHeaders: readonly CapturedHeader[];
  readonly responseHeaders: readonly CapturedHeader[];
  readonly descriptions: DescriptionCache;
}

/** Name and version of the instrumentation scope of every span and metric; a test compares with package.json. */
export const scope = { name: "@envoy-mesh-lab/otelconnect", version: "0.1.0" } as const;

/** Fills in the defaults of options that were checked. */
export function resolveOptions(side: Side, options: Options): Settings {
  return {
    side,
    tracer: createTracerSource(options.tracerProvider),
    propagator: options.propagator ?? globalPropagator,
    instruments: createInstrumentSource(side, options.meterProvider, options.messageMetrics ?? false, scope),
    options,
    requestHeaders: capturedHeaders(options.requestHeaders, ATTR_RPC_REQUEST_HEADER),
    responseHeaders: capturedHeaders(options.responseHeaders, ATTR_RPC_RESPONSE_HEADER),
    descriptions: new WeakMap(),
  };
}

/**
 * Makes a function that gives the tracer to use right now.
 *
 * The API has a stand-in for a global provider that is registered later, but one for each copy of the API, and Node loads
 * one for `import` and another for `require` (1.10): that of one copy never hears of what is registered with the other.
 */
function createTracerSource(explicit: TracerProvider | undefined): () => Tracer {
  let provider = explicit ?? trace.getTracerProvider();
  let tracer = provider.getTracer(scope.name, scope.version);
  return () => {
    const current = explicit ?? trace.getTracerProvider();
    if (current !== provider) {
      tracer = current.getTracer(scope.name, scope.version);
      provider = current;
    }
    return tracer;
  };
}

/** The global propagator behind the interface of a propagator; which one that is may change later. */
const globalPropagator: TextMapPropagator = {
  inject: (context, carrier, setter) => propagation.inject(context, carrier, setter),
  extract: (context, carrier, getter) => propagation.extract(context, carrier, getter),
  fields: () => propagation.fields(),
};

/** Whether a call is to be instrumented. */
export function passesFilter({ options: { filter } }: Settings, request: Request): boolean {
  if (filter === undefined) {
    return true;
  }
  try {
    return filter(request);
  } catch (error) {
    report("the filter", error);
    return true;
  }
}

/** The name of a call's span. */
export function spanNameOf({ options: { spanName } }: Settings, request: Request, method: string): string {
  if (spanName === undefined) {
    return method;
  }
  try {
    const name: unknown = spanName(request);
    return typeof name === "string" && name !== "" ? shorten(name) : method;
  } catch (error) {
    report("spanName", error);
    return method;
  }
}

/** Those of the attributes that are to be kept. */
export function filterAttributes(
  { options: { attributeFilter } }: Settings,
  request: Request,
  attributes: Attributes,
): Attributes {
  if (attributeFilter === undefined) {
    return attributes;
  }
  const kept: Attributes = {};
  for (const [key, value] of Object.entries(attributes)) {
    try {
      if (value !== undefined && attributeFilter(key, value, request)) {
        kept[key] = value;
      }
    } catch (error) {
      report("the attributeFilter", error);
    }
  }
  return kept;
}

/** How a call is to be traced, if it is a stream; a unary call has a span. */
export function streamTracingOf({ options: { stream } }: Settings, request: Request): StreamTracing {
  if (stream === undefined || !request.stream) {
    return "span";
  }
  if (typeof stream === "string") {
    return stream;
  }
  try {
    const tracing = stream(request);
    return tracing === "link" || tracing === "none" ? tracing : "span";
  } catch (error) {
    report("stream", error);
    return "span";
  }
}

/** What of the baggage of a context becomes attributes; nothing where none was asked for. */
export function baggageAttributes({ options: { baggage } }: Settings, context: Context): Attributes {
  const attributes: Attributes = {};
  const entries = baggage === undefined ? undefined : propagation.getBaggage(context);
  for (const key of entries === undefined ? [] : (baggage ?? [])) {
    const value = entries?.getEntry(key)?.value;
    if (value !== undefined) {
      attributes[key] = shorten(value);
    }
  }
  return attributes;
}

/** What the user adds when a call ends. */
export function ownAttributes(
  { options: { attributes } }: Settings,
  request: Request,
  response: Response | undefined,
): Attributes {
  try {
    const own: unknown = attributes?.(request, response);
    return typeof own === "object" && own !== null ? shortenAttributes(own as Attributes) : {};
  } catch (error) {
    report("attributes", error);
    return {};
  }
}
