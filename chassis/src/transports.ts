import type { TransportOptions, Transports } from "@envoy-mesh-lab/connections";
import { createTransports } from "@envoy-mesh-lab/connections";
import { createClientInterceptor } from "@envoy-mesh-lab/otelconnect";

/** Makes the transports to another service of the mesh, each call with a span. */
export function createTracedTransports(options: Omit<TransportOptions, "interceptors">): Transports {
  // The span is outermost, so that it has the code that the caller sees and holds all tries.
  return createTransports({ ...options, interceptors: [createClientInterceptor()] });
}
