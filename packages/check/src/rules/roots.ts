import type { Span, TraceIndex } from "@envoy-mesh-lab/trace";
import { edgeAt, idsAt, labelAt, missingParent, noParent, serviceOf } from "@envoy-mesh-lab/trace";
import type { Finding } from "../findings.ts";
import type { OpenCall } from "../open-calls.ts";
import { OpenCalls, openCallAt } from "../open-calls.ts";
import { pathOf } from "../span-facts.ts";
import type { Rule } from "./rule.ts";

/** Where a trace begins, and where it is torn: roots, and spans whose parent is not there. */
export const checkRoots: Rule = ({ index, explained }) => {
  const roots: number[] = [];
  const tornOff = new Map<string, number[]>();
  const loops = new Set(index.loops.map((it) => it.place));
  for (let i = 0; i < index.spans.length; i++) {
    if (index.parent[i] === noParent) {
      roots.push(i);
    } else if (index.parent[i] === missingParent && !loops.has(i)) {
      const id = (index.spans[i] as Span).parentSpanId as string;
      const group = tornOff.get(id);
      if (group) group.push(i);
      else tornOff.set(id, [i]);
    }
  }
  const findings: Finding[] = roots.slice(0, 1).flatMap((it) => clientRoot(index, it));
  if (roots.length < 2 && tornOff.size === 0) {
    return findings;
  }
  const groups = [...tornOff.values()];
  if (roots.length === 0) {
    findings.push(noRoot(index, groups.shift() as number[]));
  }
  const open = openCallsOf(index);
  const [, ...more] = roots;
  const strangers = more.filter((root) => {
    const call = callAround(index, root, open);
    if (call) {
      explained.add(root).add(call.place);
      findings.push(lostInside(index, root, call));
    }
    return !call;
  });
  if (strangers.length > 0) {
    findings.push(severalRoots(index, [roots[0] as number, ...strangers], roots.length));
  }
  for (const group of groups) {
    const call = callAround(index, group[0] as number, open);
    if (call) explained.add(call.place);
    findings.push(call ? cutOff(index, group, call) : torn(index, group));
  }
  return findings;
};

function openCallsOf(index: TraceIndex): OpenCalls {
  const open = new OpenCalls();
  for (let i = 0; i < index.spans.length; i++) {
    const call = openCallAt(index, i);
    // A proxy passes on what it is asked, also where it makes no CLIENT span for that.
    if (call && (call.isProxy || !call.isHandler)) open.add(call, "");
  }
  return open;
}

/** The open call of this trace in which a torn-off span fits: by time, and by path where both tell one. */
function callAround(index: TraceIndex, i: number, open: OpenCalls): OpenCall | undefined {
  const span = index.spans[i] as Span;
  // What a call has below it is what was called: never a further step of who called.
  if (span.kind !== "server" && index.isProxy[i] !== 1) return undefined;
  const base = Number(index.baseNs);
  const path = pathOf(span);
  return open.take(
    "",
    base + (index.start[i] as number),
    base + (index.end[i] as number),
    (call) =>
      !isBelow(index, call.place, i) && (path === undefined || call.path === undefined || call.path === path),
  );
}

/** So many steps are gone up from a call; one that is deeper below a span is not told apart from one beside it. */
const deepest = 1000;

/** Whether a call is the span itself, or was made below it: then it did not call it. */
function isBelow(index: TraceIndex, call: number, i: number): boolean {
  for (let at = call, n = 0; at >= 0 && n < deepest; at = index.parent[at] as number, n++) {
    if (at === i) return true;
  }
  return false;
}

/** Whether the parent of a torn-off span was of the same process: such spans begin inside of one, never for a request. */
function isTornInside(index: TraceIndex, i: number): boolean {
  const { kind, name } = index.spans[i] as Span;
  if (index.isProxy[i] !== 1) return kind === "client" || kind === "internal" || kind === "producer";
  // A proxy with one span makes a CLIENT span of what comes in.
  return kind === "internal" || /^(router|async) .+ egress$/.test(name);
}

const tornInside = {
  cause: (service: string) =>
    `the missing parent is a span of ${service} too, as such a span begins inside a process: it had not ended when the trace was saved, or it was lost on its way`,
  remedy: (service: string) =>
    `save the trace a moment later; else look at the counters of dropped spans of ${service}'s SDK and of the Collector, and whether the process ended before it sent its last spans`,
};

function noRoot(index: TraceIndex, group: number[]): Finding {
  const [first] = group as [number];
  const isInside = isTornInside(index, first);
  const service = serviceOf(index.spans[first] as Span);
  return {
    code: "trace.no-root",
    edge: `${isInside ? `${service} ?` : "client"} > ${labelAt(index, first)}`,
    evidence: `every span names a parent, so the trace has no beginning; ${(index.spans[first] as Span).parentSpanId}, the parent of ${labelAt(index, first)}, is not in it`,
    cause: isInside
      ? tornInside.cause(service)
      : "the caller sent a traceparent for a span that it does not report here, or the root was lost",
    remedy: isInside
      ? tornInside.remedy(service)
      : "let the caller report its spans to the same store; where callers are not yours, start a new trace at the edge",
    spanIds: idsAt(index, group),
  };
}

/** A trace that begins with an Envoy's CLIENT span, although a request came in there. */
function clientRoot(index: TraceIndex, i: number): Finding[] {
  const { kind, name, attributes, resource } = index.spans[i] as Span;
  const below = index.firstChild[i] as number;
  const node = attributes.node_id;
  // A sidecar whose workload makes no spans begins with what goes out, and is right.
  const isSidecar =
    resource["mesh.proxy.direction"] !== undefined ||
    (typeof node === "string" && node.startsWith("sidecar~"));
  if (kind !== "client" || index.who[i]?.proxy !== "envoy" || below < 0) return [];
  // A try upstream whose SERVER span is not there.
  const isInbound = index.who[i]?.direction === "inbound" && !/^egress( |$)/i.test(name);
  if (isSidecar || name.startsWith("router ") || isInbound) return [];
  const service = serviceOf(index.spans[i] as Span);
  return [
    {
      code: "kind.client-root",
      edge: edgeAt(index, i, below),
      evidence: `the trace begins with a CLIENT span of the proxy ${service}: the request that came in there has no SERVER span`,
      cause: `the listener of ${service} says traffic_direction: OUTBOUND, so Envoy reports incoming requests as outgoing calls (Emissary does so, and Istio's gateways before 1.28); or ${service} is the sidecar of a workload that makes no spans`,
      remedy:
        "if it is an ingress, set its listener's traffic_direction to INBOUND or leave it unset, or set spawn_upstream_span: true; until then service graphs show no caller of it. If it is a sidecar, nothing is wrong",
      spanIds: idsAt(index, [i]),
    },
  ];
}

function lostInside(index: TraceIndex, root: number, call: OpenCall): Finding {
  const label = labelAt(index, root);
  return {
    code: "context.lost",
    edge: `${call.label} > ${label}`,
    evidence: `${label} is a second root of this trace, and its time lies inside ${call.label}, below which there is nothing`,
    cause: `the trace id was passed on from ${call.label}, but not the id of the parent span`,
    remedy: `let ${call.service} inject traceparent as its propagator writes it, and let nobody rewrite it on the way`,
    spanIds: [(index.spans[root] as Span).spanId, call.spanId],
  };
}

/** The labels of some roots: of very many, the first few. */
export function rootLabels(index: TraceIndex, roots: number[]): string {
  const labels = roots.slice(0, 5).map((it) => labelAt(index, it));
  return [...labels, ...(roots.length > 5 ? ["…"] : [])].join(" | ");
}

function severalRoots(index: TraceIndex, roots: number[], all: number): Finding {
  const told = all - roots.length;
  return {
    code: "trace.several-roots",
    edge: rootLabels(index, roots),
    evidence: `${all} spans have no parent${told === 0 ? "" : `; ${told} of them ${told === 1 ? "lies in a call" : "lie in calls"} of this trace, and ${told === 1 ? "is" : "are"} reported as context.lost instead`}`,
    cause:
      "several requests were given one trace id, or a service kept the trace id and dropped the parent's span id",
    remedy:
      "look for a trace id that is fixed or used again, and for a service that passes on the trace id without the span id",
    spanIds: idsAt(index, roots),
  };
}

function torn(index: TraceIndex, group: number[]): Finding {
  const [first] = group as [number];
  const { parentSpanId, name } = index.spans[first] as Span;
  const isInside = isTornInside(index, first);
  const service = serviceOf(index.spans[first] as Span);
  return {
    code: "span.missing-parent",
    edge: `${parentSpanId} > ${labelAt(index, first)}`,
    evidence: `the parent ${parentSpanId} of ${group.length === 1 ? `"${name}"` : `${group.length} spans`} is not in the trace: at least one span is missing`,
    cause: isInside
      ? tornInside.cause(service)
      : "the parent was not reported: not sampled there, dropped on its way, or not arrived yet",
    remedy: isInside
      ? tornInside.remedy(service)
      : "look at the sampling of the service above it, and at the counters of dropped spans of its SDK and of the Collector",
    spanIds: idsAt(index, group),
  };
}

function cutOff(index: TraceIndex, group: number[], call: OpenCall): Finding {
  const [first] = group as [number];
  const label = labelAt(index, first);
  return {
    code: "hop.cut-off",
    edge: `${call.label} > ${label}`,
    evidence: `the parent of ${label}, ${(index.spans[first] as Span).parentSpanId}, is not in the trace; by time and path it belongs below ${call.label}, below which there is nothing`,
    cause:
      "a proxy or service between the two passed on the context of a span that it did not report: it made a sampling decision of its own, its reporting is switched off (Istio's disableSpanReporting), or the span was dropped on its way. Envoy decides by random_sampling from 1.39 on, whatever the caller's flag says, unless x-request-id carries the edge's decision; before, its OpenTelemetry tracer followed the flag",
    remedy:
      "decide once, at the edge: in Envoys behind it, set random_sampling 100 and pass on x-request-id; in services, use a parent-based sampler; then look at the counters of dropped spans",
    spanIds: [...idsAt(index, group), call.spanId],
  };
}
