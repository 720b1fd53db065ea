// By which headers traces come into the gateway, and go out to the till. (To the kitchen they go by W3C's, as all over the mesh.)
import { createTraceContextPropagator } from "@envoy-mesh-lab/otelconnect";
import type { TextMapPropagator } from "@opentelemetry/api";

/**
 * Reads the headers of each call that comes in: of guests, through the edge, and of the till, directly.
 *
 * A propagator is given the context so far, and the headers. It returns the context with what it has found in them, or as it was where
 * it has found nothing.
 */
export const incoming: TextMapPropagator = createTraceContextPropagator();

/**
 * Writes the headers of each call to the till.
 *
 * A propagator is given the context of the call, whose span is the CLIENT span, and writes in its own way into the headers where that
 * span is.
 */
export const toTill: TextMapPropagator = createTraceContextPropagator();
