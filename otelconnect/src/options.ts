import type { StreamRequest, UnaryRequest } from "@connectrpc/connect";
import type { TextMapPropagator, Tracer, TracerProvider } from "@opentelemetry/api";
import { propagation, trace } from "@opentelemetry/api";

/** What both interceptors can be told. Every option may be left out. */
export interface Options {
  /**
   * Where spans are made. Default: the global provider, looked up with each call, so that it does not matter
   * whether the SDK or the interceptor is set up first.
   */
  readonly tracerProvider?: TracerProvider;

  /** What reads and writes the headers that carry a trace. Default: the global propagator. */
  readonly propagator?: TextMapPropagator;

  /**
   * Which calls are traced: those for which this returns true. A call that is left out gets no span, and its
   * headers are neither read nor written. Default: every call.
   */
  readonly filter?: (request: UnaryRequest | StreamRequest) => boolean;
}

/** The options as the interceptors use them. */
export interface Settings {
  tracer(): Tracer;
  propagator(): TextMapPropagator;
  filter(request: UnaryRequest | StreamRequest): boolean;
}

/** Name of the instrumentation scope of every span. */
const scopeName = "@envoy-mesh-lab/otelconnect";
/** Version of the instrumentation scope of every span; the version in package.json. */
const scopeVersion = "0.1.0";

/** Fills in the defaults. */
export function resolveOptions(options: Options): Settings {
  const { tracerProvider, propagator, filter } = options;
  // The global tracer hands calls on to whatever provider is registered by then, so one is enough.
  const tracer = (tracerProvider ?? trace.getTracerProvider()).getTracer(scopeName, scopeVersion);
  return {
    tracer: () => tracer,
    propagator: () => propagator ?? globalPropagator,
    filter: filter ?? (() => true),
  };
}

/** The global propagator behind the interface of a propagator; which one that is may change later. */
const globalPropagator: TextMapPropagator = {
  inject: (context, carrier, setter) => propagation.inject(context, carrier, setter),
  extract: (context, carrier, getter) => propagation.extract(context, carrier, getter),
  fields: () => propagation.fields(),
};
