import type { Trace } from "@envoy-mesh-lab/trace";
import { decompose } from "./decompose.ts";
import type { HopRole } from "./hop.ts";
import { hopLabel } from "./hop.ts";

/** One part of a call's time. */
export interface CallPart {
  /** "edge inbound" for a proxy, "gateway-proxy inbound → gateway" for a leg, "gateway" for an application. */
  readonly name: string;
  readonly role: HopRole;
  /** In milliseconds. */
  readonly ms: number;
}

/**
 * Divides the time of a call's topmost span among its hops.
 *
 * @param spans how many spans the whole call makes.
 * @returns the parts from the caller's side on; undefined when the trace is not whole.
 */
export function partsOf(trace: Trace, spans: number): CallPart[] | undefined {
  const { parts, notes } = decompose(trace);
  return trace.spans.length === spans && notes.detached === 0
    ? parts.map(({ hop, ns }) => ({ name: hopLabel(hop), role: hop.role, ms: ns / 1e6 }))
    : undefined;
}
