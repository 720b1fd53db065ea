import { durationNs, type Span, type SpanKind, serviceOf, type Trace } from "../trace/model.ts";
import { type Expected, type Hop, hopName } from "./expected.ts";
import type { Finding } from "./findings.ts";

/**
 * Looks for what keeps a trace from being the expected chain. Pure: the same spans in any order give the same
 * findings.
 *
 * @returns nothing when every hop is there once, its parent is the hop before it, and no other span is there.
 */
export function checkTrace(trace: Trace, expected: Expected): Finding[] {
  const spans = new Map(trace.spans.map((it) => [it.spanId, it]));
  const chain = assign(trace, expected.hops);
  const claimed = new Set(chain.flatMap((it) => (it.span ? [it.span.spanId] : [])));
  return [...checkRoots(trace, expected), ...checkEdges(chain, spans), ...checkRest(trace, claimed, spans)];
}

/** An expected hop and the span that was found for it. */
type Link = { hop: Hop; span?: Span };

/** Gives each hop its span: the first (by start) that has the hop's service, kind and, if it says one, direction. */
function assign(trace: Trace, hops: Hop[]): Link[] {
  const free = [...trace.spans].sort((a, b) => (a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : 0));
  return hops.map((hop) => {
    const index = free.findIndex((span) => matches(span, hop));
    const [span] = index < 0 ? [] : free.splice(index, 1);
    return span ? { hop, span } : { hop };
  });
}

function matches(span: Span, hop: Hop): boolean {
  const direction = span.resource["mesh.proxy.direction"];
  return (
    serviceOf(span) === hop.service &&
    span.kind === hop.kind &&
    (hop.direction === undefined || direction === undefined || direction === hop.direction)
  );
}

function checkRoots(trace: Trace, expected: Expected): Finding[] {
  const roots = trace.spans.filter((it) => it.parentSpanId === undefined);
  const first = hopName(expected.hops[0] as Hop);
  if (roots.length === 0) {
    return [
      {
        code: "trace.no-root",
        edge: `client > ${first}`,
        evidence: "every span names a parent, so the trace has no beginning",
        cause: "the caller sent a traceparent for a span that it does not report here, or the root was lost",
        remedy: "let the caller report its spans, or call without a traceparent",
        spanIds: [],
      },
    ];
  }
  if (roots.length > 1) {
    return [
      {
        code: "trace.several-roots",
        edge: roots.map(spanLabel).join(" | "),
        evidence: `${roots.length} spans have no parent`,
        cause: "two parties started this trace with the same trace id",
        remedy: "look for a fixed trace id, or for a service that keeps the trace id but drops the parent",
        spanIds: roots.map((it) => it.spanId),
      },
    ];
  }
  return [];
}

function checkEdges(chain: Link[], spans: Map<string, Span>): Finding[] {
  const findings: Finding[] = [];
  const last = chain.findLastIndex((it) => it.span);
  for (let i = 0; i <= last; ) {
    if (chain[i]?.span) {
      findings.push(...checkParent(chain, i, spans));
      i++;
      continue;
    }
    const end = chain.findIndex((it, at) => at > i && it.span);
    findings.push(missingInside(chain, i, end, spans));
    // What is wrong with the parent of the hop after the gap is told by the gap.
    i = end + 1;
  }
  if (last < chain.length - 1) {
    findings.push(missingAtEnd(chain, last));
  }
  return findings;
}

/** A hop that is there: is its parent the hop before it? */
function checkParent(chain: Link[], i: number, spans: Map<string, Span>): Finding[] {
  const { hop, span } = chain[i] as Required<Link>;
  const before = chain[i - 1];
  if (before?.span === undefined || span.parentSpanId === before.span.spanId) {
    return [];
  }
  const edge = `${hopName(before.hop)} > ${hopName(hop)}`;
  const parent = span.parentSpanId === undefined ? undefined : spans.get(span.parentSpanId);
  if (span.parentSpanId !== undefined && span.parentSpanId === before.span.parentSpanId) {
    return [
      {
        code: "hop.sibling",
        edge,
        evidence: `both have the same parent ${parent ? spanLabel(parent) : span.parentSpanId}: ${hopName(hop)} sits beside ${hopName(before.hop)} instead of below it`,
        cause:
          before.hop.role === "app"
            ? `${before.hop.service} injected traceparent from the context of the span above its ${before.hop.kind.toUpperCase()} span`
            : `${before.hop.service} sent on the traceparent that it received`,
        remedy:
          before.hop.role === "app"
            ? "start the CLIENT span first, then inject from the context that holds it"
            : "set spawn_upstream_span: true in the proxy's tracing block",
        spanIds: [span.spanId, before.span.spanId],
      },
    ];
  }
  if (parent === undefined) {
    return [
      {
        code: "hop.cut-off",
        edge,
        evidence:
          span.parentSpanId === undefined
            ? `${hopName(hop)} has no parent`
            : `the parent of ${hopName(hop)}, ${span.parentSpanId}, is not in the trace`,
        cause: "a span between the two was never reported: not sampled there, or dropped on its way",
        remedy:
          "compare the sampling settings of the two hops and the dropped counters of the one that is missing",
        spanIds: [span.spanId],
      },
    ];
  }
  return [
    {
      code: "hop.wrong-parent",
      edge,
      evidence: `the parent of ${hopName(hop)} is ${spanLabel(parent)}`,
      cause: `${hopName(before.hop)} is not on the way of this request's context`,
      remedy: `see which traceparent ${hop.service} received (its access log or request headers)`,
      spanIds: [span.spanId, parent.spanId],
    },
  ];
}

/** Hops are missing between two that are there. */
function missingInside(chain: Link[], from: number, to: number, spans: Map<string, Span>): Finding {
  const missing = chain.slice(from, to).map((it) => it.hop);
  const before = chain[from - 1];
  const after = chain[to] as Required<Link>;
  const names = missing.map(hopName).join(", ");
  const first = missing[0]?.service;
  const edge = `${before ? hopName(before.hop) : "client"} > ${hopName(after.hop)}`;
  const parentId = after.span.parentSpanId;
  if (parentId !== undefined && !spans.has(parentId)) {
    return {
      code: "hop.cut-off",
      edge,
      evidence: `no span of ${names}, yet ${hopName(after.hop)} has a parent ${parentId} that is not in the trace`,
      cause: `${first} passed on the context of a span that it did not report: its own sampling decision (Envoy 1.40 applies the proxy's random_sampling, whatever the caller's flag says, unless x-request-id carries the edge's decision), or a drop on the way to the Collector`,
      remedy: `decide once, at the edge: set random_sampling to 100 in ${first} and see that x-request-id is passed on; then look at its dropped counters`,
      spanIds: [after.span.spanId],
    };
  }
  return {
    code: "hop.missing",
    edge,
    evidence: `no span of ${names}; ${hopName(after.hop)} hangs directly below ${before?.span && parentId === before.span.spanId ? hopName(before.hop) : parentId === undefined ? "nothing" : spanLabel(spans.get(parentId) as Span)}`,
    cause: `${services(missing)} passed the request on without a span of its own`,
    remedy: `give ${services(missing)} a tracing block (provider, spawn_upstream_span: true)`,
    spanIds: [after.span.spanId],
  };
}

/** The chain ends early: the rest of the way is not in this trace. */
function missingAtEnd(chain: Link[], last: number): Finding {
  const missing = chain.slice(last + 1).map((it) => it.hop);
  const before = chain[last];
  const next = missing[0] as Hop;
  return {
    code: "context.lost",
    edge: `${before ? hopName(before.hop) : "client"} > ${hopName(next)}`,
    evidence: `the trace ends at ${before ? hopName(before.hop) : "its beginning"}: no span of ${missing.map(hopName).join(", ")}`,
    ...whyLost(before?.hop, next),
    spanIds: before?.span ? [before.span.spanId] : [],
  };
}

function whyLost(before: Hop | undefined, next: Hop): Pick<Finding, "cause" | "remedy"> {
  const cause = [
    "the call never got there",
    ...(before?.role === "app"
      ? [
          `${before.service} sent it without this trace's context, so that its further spans are a trace of their own`,
        ]
      : []),
    ...(next.role === "proxy"
      ? [
          `${next.service} decided not to sample it (see random_sampling, and whether x-request-id was passed on)`,
        ]
      : [`${next.service} did not take the context from the request's headers`]),
  ];
  return {
    cause: cause.join("; or "),
    remedy: `see the access log of ${next.role === "proxy" ? next.service : (before?.service ?? next.service)} for this request: no line, a line with another trace_id, or a traceparent that ends in 00 tells which it is`,
  };
}

/** Spans that no hop claimed. */
function checkRest(trace: Trace, claimed: Set<string>, spans: Map<string, Span>): Finding[] {
  return trace.spans
    .filter((it) => !claimed.has(it.spanId))
    .map((span) => {
      const orphan = span.parentSpanId !== undefined && !spans.has(span.parentSpanId);
      const parent = span.parentSpanId === undefined ? undefined : spans.get(span.parentSpanId);
      return {
        code: orphan ? ("span.missing-parent" as const) : ("span.unexpected" as const),
        edge: `${parent ? spanLabel(parent) : orphan ? span.parentSpanId : "client"} > ${spanLabel(span)}`,
        evidence: orphan
          ? `the parent ${span.parentSpanId} of "${span.name}" is not in the trace`
          : `"${span.name}" (${durationNs(span) / 1000n} µs) is not among the expected hops`,
        cause: orphan ? "the parent was not reported" : "one more call, a retry, or another instrumentation",
        remedy: orphan
          ? "look at the sampling and the dropped counters of the service above it"
          : "add it to the expected hops if it belongs there",
        spanIds: [span.spanId],
      };
    });
}

function services(hops: Hop[]): string {
  return [...new Set(hops.map((it) => it.service))].join(" and ");
}

function spanLabel(span: Span): string {
  const direction = span.resource["mesh.proxy.direction"];
  const kind: SpanKind = span.kind;
  return [serviceOf(span), typeof direction === "string" ? direction : "", kind.toUpperCase()]
    .filter(Boolean)
    .join(" ");
}
