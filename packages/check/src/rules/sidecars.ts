import { idsAt, labelAt, type Span, serviceOf, type TraceIndex } from "@envoy-mesh-lab/trace";
import type { Finding } from "../findings.ts";
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
    const group = groups.get(key) ?? { sidecar, call: i, below, all: [] };
    group.all.push(i, ...(below < 0 ? [] : [below]));
    groups.set(key, group);
  }
  return [...groups.values()].map((it) => (it.below < 0 ? lost(index, it) : missing(index, it)));
};

type Missing = { sidecar: string; call: number; below: number; all: number[] };

/**
 * The sidecars that report what comes in, by the workload that they work for. A proxy that only stands in front of a
 * service is none: it has to say that it is a sidecar (the lab's resource, Istio's node id), or to report what goes out
 * somewhere in the trace.
 */
function inboundSidecars(index: TraceIndex): Map<string, string> {
  const inbound = new Map<string, string>();
  const certain = new Set<string>();
  for (let i = 0; i < index.spans.length; i++) {
    const who = index.who[i];
    if (who?.role !== "proxy" || who.workload === undefined) continue;
    const span = index.spans[i] as Span;
    if (who.direction === "inbound") inbound.set(who.workload, serviceOf(span));
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

function lost(index: TraceIndex, { sidecar, call, all }: Missing): Finding {
  const service = serviceOf(index.spans[call] as Span);
  return {
    code: "context.lost",
    edge: `${labelAt(index, call)} > ${sidecar} outbound`,
    evidence: `the trace ends at ${labelAt(index, call)}: nothing is below it, although ${sidecar} reports what comes in to ${service} in this trace`,
    cause: `${service} sent the call without this trace's context, so that its further spans are a trace of their own; or ${sidecar} decided not to sample it (see random_sampling, and whether x-request-id was passed on); or its outbound listener has no tracing block, and nobody behind it either`,
    remedy: `see the access log of ${sidecar} for this request: no line, a line with another trace_id, or a traceparent that ends in 00 tells which it is`,
    spanIds: idsAt(index, all),
  };
}

function missing(index: TraceIndex, { sidecar, call, below, all }: Missing): Finding {
  return {
    code: "hop.missing",
    edge: `${labelAt(index, call)} > ${labelAt(index, below)}`,
    evidence: `no span of ${sidecar} outbound; ${labelAt(index, below)} hangs directly below ${labelAt(index, call)}, although ${sidecar} reports what comes in to ${serviceOf(index.spans[call] as Span)} in this trace`,
    cause: `${sidecar} passed the request on without a span of its own, or the call went past it`,
    remedy: `give the outbound listener of ${sidecar} a tracing block (provider, spawn_upstream_span: true), and see that the service calls through it`,
    spanIds: idsAt(index, all),
  };
}
