import type { Span } from "@envoy-mesh-lab/trace";
import { idsAt, labelAt, missingParent, noParent, type TraceIndex } from "@envoy-mesh-lab/trace";
import type { Finding } from "../findings.ts";
import { type OpenCall, OpenCalls, openCallAt } from "../open-calls.ts";
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
  if (roots.length < 2 && tornOff.size === 0) {
    return [];
  }
  const findings: Finding[] = [];
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
    findings.push(severalRoots(index, [roots[0] as number, ...strangers]));
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
    if (call && !call.isHandler) open.add(call, "");
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
  const { spanId } = span;
  return open.take(
    "",
    base + (index.start[i] as number),
    base + (index.end[i] as number),
    (call) => call.spanId !== spanId && (path === undefined || call.path === undefined || call.path === path),
  );
}

function noRoot(index: TraceIndex, group: number[]): Finding {
  const [first] = group as [number];
  return {
    code: "trace.no-root",
    edge: `client > ${labelAt(index, first)}`,
    evidence: `every span names a parent, so the trace has no beginning; ${(index.spans[first] as Span).parentSpanId}, the parent of ${labelAt(index, first)}, is not in it`,
    cause: "the caller sent a traceparent for a span that it does not report here, or the root was lost",
    remedy: "let the caller report its spans, or call without a traceparent",
    spanIds: idsAt(index, group),
  };
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

function severalRoots(index: TraceIndex, roots: number[]): Finding {
  return {
    code: "trace.several-roots",
    edge: rootLabels(index, roots),
    evidence: `${roots.length} spans have no parent`,
    cause: "two parties started this trace with the same trace id",
    remedy: "look for a fixed trace id, or for a service that keeps the trace id but drops the parent",
    spanIds: idsAt(index, roots),
  };
}

function torn(index: TraceIndex, group: number[]): Finding {
  const [first] = group as [number];
  const { parentSpanId, name } = index.spans[first] as Span;
  return {
    code: "span.missing-parent",
    edge: `${parentSpanId} > ${labelAt(index, first)}`,
    evidence: `the parent ${parentSpanId} of ${group.length === 1 ? `"${name}"` : `${group.length} spans`} is not in the trace: at least one span is missing`,
    cause: "the parent was not reported: not sampled there, dropped on its way, or not arrived yet",
    remedy: "look at the sampling and the dropped counters of the service above it",
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
      "a proxy or service between the two passed on the context of a span that it did not report: its own sampling decision (Envoy 1.40 applies the proxy's random_sampling, whatever the caller's flag says, unless x-request-id carries the edge's decision; a service's sampler may not be parent-based), or a drop on the way to the Collector",
    remedy:
      "decide once, at the edge: set random_sampling to 100 in the proxies behind it and see that x-request-id is passed on; then look at the dropped counters",
    spanIds: [...idsAt(index, group), call.spanId],
  };
}
