import { createTraceContextPropagator } from "@envoy-mesh-lab/otelconnect";
import type { TextMapPropagator } from "@opentelemetry/api";
import { W3CBaggagePropagator } from "@opentelemetry/core";
import { B3InjectEncoding, B3Propagator } from "@opentelemetry/propagator-b3";

/**
 * What each name in `OTEL_PROPAGATORS` stands for. `tracecontext` is otelconnect's: that of OpenTelemetry JS 3.1 keeps
 * to an older key format, passes on parts of a malformed `tracestate`, and drops the random flag.
 */
const makers = {
  tracecontext: createTraceContextPropagator,
  baggage: () => new W3CBaggagePropagator(),
  b3: () => new B3Propagator(),
  b3multi: () => new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER }),
} as const satisfies Record<string, () => TextMapPropagator>;

/** One of the names. */
export type PropagatorName = keyof typeof makers;

/** The names that a user may write; `none`, among others too, means that no header carries a trace. */
export const propagatorNames = [...Object.keys(makers), "none"];

/** Makes the propagators for the names in `OTEL_PROPAGATORS`, each once. */
export function createPropagators(names: readonly string[]): TextMapPropagator[] {
  return names.includes("none") ? [] : [...new Set(names)].filter(isKnown).map((name) => makers[name]());
}

function isKnown(name: string): name is PropagatorName {
  return Object.hasOwn(makers, name);
}
