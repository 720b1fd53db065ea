import type { Span, TraceIndex } from "@envoy-mesh-lab/trace";
import { idsAt, labelAt, serviceOf } from "@envoy-mesh-lab/trace";
import type { Finding } from "../findings.ts";
import { adviceAt } from "../product-advice.ts";
import { hasFailed, isLeafSystem } from "../span-facts.ts";
import type { Rule } from "./rule.ts";

/**
 * Calls of a workload that leave no span in its sidecar, although the sidecar has spans of what comes in: a sidecar
 * carries both directions.
 */
export const checkSidecars: Rule = ({ index, explained }) => {
  const sidecars = inboundSidecars(index);
  if (sidecars.size === 0) return [];
  const groups = new Map<string, Missing>();
  for (let i = 0; i < index.spans.length; i++) {
    const span = index.spans[i] as Span;
    const sidecar = span.kind === "client" && !index.isProxy[i] ? sidecars.get(serviceOf(span)) : undefined;
    if (sidecar === undefined || isLeafSystem(span) || explained.has(i)) continue;
    const below = index.firstChild[i] as number;
    if (below < 0) {
      // A call that failed may never have left.
      if (hasFailed(span)) continue;
    } else if (index.isProxy[below] && isOutboundOf(index, below, serviceOf(span))) {
      continue;
    }
    const key = `${serviceOf(span)}\n${below < 0 ? "" : labelAt(index, below)}`;
    const group = groups.get(key) ?? {
      sidecar: serviceOf(index.spans[sidecar] as Span),
      place: sidecar,
      call: i,
      below,
      all: [],
    };
    group.all.push(i, ...(below < 0 ? [] : [below]));
    groups.set(key, group);
  }
  return [...groups.values()].map((it) => (it.below < 0 ? lost(index, it) : missing(index, it)));
};

interface Missing {
  sidecar: string;
  place: number;
  call: number;
  below: number;
  all: number[];
}

/**
 * A span of each sidecar that reports what comes in, by the workload that it works for. A proxy that only stands in front of a
 * service is none: it has to say that it is a sidecar (the lab's resource, Istio's node id), or to report what goes out
 * somewhere in the trace.
 */
function inboundSidecars(index: TraceIndex): Map<string, number> {
  const inbound = new Map<string, number>();
  const certain = new Set<string>();
  for (let i = 0; i < index.spans.length; i++) {
    const who = index.who[i];
    if (who?.role !== "proxy" || who.workload === undefined) continue;
    const span = index.spans[i] as Span;
    if (who.direction === "inbound") inbound.set(who.workload, i);
    if (who.direction === "outbound" || saysSidecar(span)) certain.add(who.workload);
  }
  return new Map([...inbound].filter(([workload]) => certain.has(workload)));
}

function saysSidecar({ resource, attributes }: Span): boolean {
  const node = attributes.node_id;
  return (
    resource["mesh.proxy.role"] === "sidecar" || (typeof node === "string" && node.startsWith("sidecar~"))
  );
}

function isOutboundOf(index: TraceIndex, i: number, workload: string): boolean {
  const who = index.who[i];
  return who?.direction !== "inbound" && (who?.workload === undefined || who.workload === workload);
}

function lost(index: TraceIndex, { sidecar, place, call, all }: Missing): Finding {
  const service = serviceOf(index.spans[call] as Span);
  return {
    code: "context.lost",
    edge: `${labelAt(index, call)} > ${sidecar} outbound`,
    evidence: `the trace ends at ${labelAt(index, call)}: nothing is below it, although ${sidecar} reports what comes in to ${service} in this trace`,
    cause: `${service} sent the call without this trace's context, so that its further spans are a trace of their own; or ${sidecar} decided not to sample it; or it reports no spans of what goes out, and nobody behind it either`,
    remedy: `see the access log of ${sidecar} for this request: no line, a line with another trace_id, or a traceparent that ends in 00 (not sampled) says which it is; for the sampling: ${adviceAt(index, place).sampling}`,
    spanIds: idsAt(index, all),
  };
}

function missing(index: TraceIndex, { sidecar, place, call, below, all }: Missing): Finding {
  return {
    code: "hop.missing",
    edge: `${labelAt(index, call)} > ${labelAt(index, below)}`,
    evidence: `no span of ${sidecar} outbound; ${labelAt(index, below)} hangs directly below ${labelAt(index, call)}, although ${sidecar} reports what comes in to ${serviceOf(index.spans[call] as Span)} in this trace`,
    cause: `${sidecar} passed the request on without a span of its own, or the call went past it`,
    remedy: `for what goes out of ${sidecar}: ${adviceAt(index, place).report}; and see that the service calls through it`,
    spanIds: idsAt(index, all),
  };
}
