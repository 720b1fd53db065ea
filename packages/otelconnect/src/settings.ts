import type {
  Attributes,
  Context,
  Link,
  Span,
  TextMapPropagator,
  Tracer,
  TracerProvider,
} from "@opentelemetry/api";
import { propagation, trace } from "@opentelemetry/api";
import type { Outcome } from "./call-record.ts";
import type { CallView } from "./call-view.ts";
import type { Measurement } from "./measurement.ts";
import type { CallMessages } from "./messages.ts";
import type { Options, Request } from "./options.ts";
import type { DescriptionCache, RequestDescription } from "./request.ts";
import type { Side } from "./status.ts";

/** What the calls of one interceptor have in common. */
export interface Settings {
  readonly side: Side;
  /** The tracer to use right now. */
  readonly tracer: () => Tracer;
  readonly propagator: TextMapPropagator;
  readonly descriptions: DescriptionCache;
  /** What options add to a call. Undefined in the entry `web`, which is small because it has nothing of it. */
  readonly extras: Extras | undefined;
}

/** What options add to a call: everything beyond a span that every call has alike. */
export interface Extras {
  /** Whether the call is to be instrumented. */
  passes(request: Request): boolean;
  /** Starts the span of a call. Undefined where the call is to have none. */
  startSpan(
    tracer: Tracer,
    request: Request,
    description: RequestDescription,
    parentage: Parentage,
  ): Span | undefined;
  /** Begins to measure a call. Undefined while nobody measures. */
  measure(): Measurement | undefined;
  /** Looks at the messages of a call. Undefined where nobody records them. */
  recordMessages(call: CallView): CallMessages | undefined;
  /**
   * Says how a call is recorded that has ended.
   *
   * @param ended How it ended, as attributes.
   * @param error The message of the span's status.
   * @param metadata That of an error.
   * @param asksUser Whether the user may be asked for attributes of their own.
   */
  outcome(
    call: CallView,
    ended: Attributes,
    error: string | undefined,
    metadata: Headers | undefined,
    asksUser: boolean,
  ): Outcome;
}

/** Where a call's span stands in a trace. */
export interface Parentage {
  /** The context that holds the parent, if there is one. */
  readonly context: Context;
  /** The span of a caller that is not trusted: the call starts a trace of its own that points there. */
  readonly untrusted?: Link | undefined;
}

/** Name and version of the instrumentation scope of every span and metric; a test compares with package.json. */
export const scope = { name: "@envoy-mesh-lab/otelconnect", version: "0.1.0" } as const;

/** Fills in the defaults. */
export function createSettings(
  side: Side,
  { tracerProvider, propagator = globalPropagator }: Pick<Options, "tracerProvider" | "propagator">,
  extras?: Extras,
): Settings {
  return {
    side,
    tracer: createTracerSource(tracerProvider),
    propagator,
    descriptions: new WeakMap(),
    extras,
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
