import type { Span, TraceIndex } from "@envoy-mesh-lab/trace";
import { labelAt, missingParent } from "@envoy-mesh-lab/trace";
import type { ExpectedSpan } from "./expected.ts";
import { countOf, hopName } from "./expected.ts";
import type { Finding } from "./findings.ts";
import type { ExpectedSpanMatch } from "./match-hops.ts";
import { adviceAt } from "./product-advice.ts";
import { countInWords, inCount } from "./span-tests.ts";

/** Keeps a finding with the hops that it is about, and gives it back. */
export type Told = (finding: Finding, ...hops: ExpectedSpanMatch[]) => Finding;

/** A chain of hops, each below the one before. Optional hops that are not there are no part of it. */
export function checkChain(index: TraceIndex, hops: ExpectedSpanMatch[], told: Told): Finding[] {
  const chain = hops.filter((it) => it.places.length > 0 || countOf(it.hop).min > 0);
  const isBranch = chain[0]?.branches.some((it) => it[0] === chain[1]) ?? false;
  const findings: Finding[] = [];
  const last = chain.findLastIndex((it) => it.places.length > 0);
  // A branch begins with the hop that it hangs below, which its own chain has checked.
  for (let i = isBranch ? 1 : 0; i <= last; ) {
    const match = chain[i] as ExpectedSpanMatch;
    if (match.places.length > 0) {
      findings.push(...checkParents(index, match, chain[i - 1], told), ...checkCount(index, match, told));
      i++;
      continue;
    }
    const end = chain.findIndex((it, at) => at > i && it.places.length > 0);
    findings.push(told(missingInside(index, chain, i, end), ...chain.slice(i, end)));
    // What is wrong with the parent of the hop after the gap is reported by the gap.
    i = end + 1;
  }
  if (last < chain.length - 1) {
    findings.push(told(missingAtEnd(index, chain, last), ...chain.slice(last + 1)));
  }
  return findings;
}

/** A hop that is there: are its parents the hop before it? */
function checkParents(
  index: TraceIndex,
  match: ExpectedSpanMatch,
  before: ExpectedSpanMatch | undefined,
  told: Told,
): Finding[] {
  const wrongRole = match.places.filter((it) => match.hop.role && index.who[it]?.role !== match.hop.role);
  const findings = wrongRole.slice(0, 1).map((it) => told(roleOf(index, match.hop, it), match));
  if (before === undefined) {
    return findings;
  }
  const wrong = match.places.filter((it) => !before.places.includes(index.parent[it] as number));
  return [...findings, ...wrong.map((it) => told(wrongParent(index, match.hop, before, it), match))];
}

function roleOf(index: TraceIndex, hop: ExpectedSpan, place: number): Finding {
  const who = index.who[place];
  return {
    code: "hop.wrong-role",
    edge: hopName(hop),
    evidence: `${who?.role} made the span (${who?.evidence.join(", ")}), expected ${hop.role}`,
    cause: "the proxy does not say that it is one, or the service bears the proxy's name",
    remedy: "look at the span's instrumentation scope and service.name",
    spanIds: [spanAt(index, place).spanId],
  };
}

function wrongParent(
  index: TraceIndex,
  hop: ExpectedSpan,
  before: ExpectedSpanMatch,
  place: number,
): Finding {
  const span = spanAt(index, place);
  const first = spanAt(index, before.places[0] as number);
  const edge = `${hopName(before.hop)} > ${hopName(hop)}`;
  const above = index.parent[place] as number;
  if (span.parentSpanId !== undefined && span.parentSpanId === first.parentSpanId) {
    return {
      code: "hop.sibling",
      edge,
      evidence: `both have the same parent ${above >= 0 ? labelAt(index, above) : span.parentSpanId}: ${hopName(hop)} sits beside ${hopName(before.hop)} instead of below it`,
      cause:
        before.hop.role === "proxy"
          ? `${before.hop.service} sent on the traceparent that it received`
          : `${before.hop.service} wrote traceparent before its ${before.hop.kind.toUpperCase()} span was started, so that the header carries the span above it`,
      remedy:
        before.hop.role === "proxy"
          ? adviceAt(index, before.places[0] as number).ownContext
          : "start the CLIENT span first, then inject from the context that holds it",
      spanIds: [span.spanId, first.spanId],
    };
  }
  if (above < 0) {
    return {
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
    };
  }
  return {
    code: "hop.wrong-parent",
    edge,
    evidence: `the parent of ${hopName(hop)} is ${labelAt(index, above)}`,
    cause: `${hopName(before.hop)} is not on the way of this request's context`,
    remedy: `see which traceparent ${hop.service} received (its access log or request headers)`,
    spanIds: [span.spanId, spanAt(index, above).spanId],
  };
}

function checkCount(index: TraceIndex, match: ExpectedSpanMatch, told: Told): Finding[] {
  const wanted = countOf(match.hop);
  if (inCount(match.places.length, wanted)) {
    return [];
  }
  const finding: Finding = {
    code: "expect.count",
    edge: hopName(match.hop),
    evidence: `${match.places.length} spans, expected ${countInWords(match.hop.count ?? wanted)}`,
    cause: "a call was made less often than expected, or its spans were lost",
    remedy: "see who makes the call (a retry policy, a loop), and whether all spans have arrived",
    spanIds: match.places.map((it) => spanAt(index, it).spanId),
    about: {
      key: "count",
      seen: `${match.places.length}`,
      lacks: match.places.length < wanted.min,
    },
  };
  return [told(finding, match)];
}

/** Hops are missing between two that are there. */
function missingInside(index: TraceIndex, chain: ExpectedSpanMatch[], from: number, to: number): Finding {
  const missing = chain.slice(from, to).map((it) => it.hop);
  const before = chain[from - 1];
  const after = chain[to] as ExpectedSpanMatch;
  const place = after.places[0] as number;
  const span = spanAt(index, place);
  const names = missing.map(hopName).join(", ");
  const edge = `${before ? hopName(before.hop) : "client"} > ${hopName(after.hop)}`;
  const above = index.parent[place] as number;
  if (above === missingParent) {
    return {
      code: "hop.cut-off",
      edge,
      evidence: `no span of ${names}, yet ${hopName(after.hop)} has a parent ${span.parentSpanId} that is not in the trace`,
      ...whyUnreported(missing),
      spanIds: [span.spanId],
    };
  }
  return {
    code: "hop.missing",
    edge,
    evidence: `no span of ${names}; ${hopName(after.hop)} hangs directly below ${before?.places.includes(above) ? hopName(before.hop) : above < 0 ? "nothing" : labelAt(index, above)}`,
    cause: `${services(missing)} passed the request on without a span of its own`,
    remedy: remedyFor(missing),
    spanIds: [span.spanId],
  };
}

/** Whether a hop is a proxy's, as far as the expectation says: only proxies have a direction. */
function isProxyHop({ role, direction }: ExpectedSpan): boolean {
  return (role ?? (direction === undefined ? "app" : "proxy")) === "proxy";
}

/** What lets parts make spans that make none. */
function remedyFor(missing: ExpectedSpan[]): string {
  const proxies = services(missing.filter(isProxyHop));
  const apps = services(missing.filter((it) => !isProxyHop(it)));
  return [
    ...(proxies ? [`give ${proxies} a tracing block (provider, spawn_upstream_span: true)`] : []),
    ...(apps ? [`add the server and client instrumentation of its framework to ${apps}`] : []),
  ].join("; ");
}

/** Why hops were not reported that passed their context on. */
function whyUnreported(missing: ExpectedSpan[]): Pick<Finding, "cause" | "remedy"> {
  const apps = services(missing.filter((it) => !isProxyHop(it)));
  const [proxy] = missing.filter(isProxyHop);
  const causes = [
    ...(proxy
      ? [
          `${proxy.service} passed on the context of a span that it did not report: its own sampling decision (Envoy 1.40 applies the proxy's random_sampling, whatever the caller's flag says, unless x-request-id carries the edge's decision), or a drop on the way to the Collector`,
        ]
      : []),
    ...(apps
      ? [
          `${apps} passed on the context of a span that it did not report: its sampler did not take it (OTEL_TRACES_SAMPLER, if that is not parent-based), its queue of spans was full, or its exporter is still trying`,
        ]
      : []),
  ];
  const remedies = [
    ...(proxy
      ? [
          `decide once, at the edge: set random_sampling to 100 in ${proxy.service} and see that x-request-id is passed on; then look at its dropped counters`,
        ]
      : []),
    ...(apps
      ? [
          `let ${apps} sample as its caller does (parentbased_…), and look at the exporter's errors in its log and at its dropped spans`,
        ]
      : []),
  ];
  return { cause: causes.join("; or "), remedy: remedies.join("; ") };
}

/** The chain ends early: the rest of the way is not in this trace. */
function missingAtEnd(index: TraceIndex, chain: ExpectedSpanMatch[], last: number): Finding {
  const missing = chain.slice(last + 1).map((it) => it.hop);
  const before = chain[last];
  const next = missing[0] as ExpectedSpan;
  return {
    code: "context.lost",
    edge: `${before ? hopName(before.hop) : "client"} > ${hopName(next)}`,
    evidence: `the trace ends at ${before ? hopName(before.hop) : "its beginning"}: no span of ${missing.map(hopName).join(", ")}`,
    ...whyLost(before?.hop, next),
    spanIds: before ? [spanAt(index, before.places[0] as number).spanId] : [],
  };
}

function whyLost(before: ExpectedSpan | undefined, next: ExpectedSpan): Pick<Finding, "cause" | "remedy"> {
  const cause = [
    "the call never got there",
    ...(before && before.role !== "proxy"
      ? [
          `${before.service} sent it without this trace's context, so that its further spans are a trace of their own`,
        ]
      : []),
    ...(next.role === "proxy"
      ? [
          `${next.service} decided not to sample it (see random_sampling, and whether x-request-id was passed on)`,
        ]
      : [
          `${next.service} did not take the context from the request's headers`,
          `${next.service} did not sample it (OTEL_TRACES_SAMPLER: always_off, or one that is not parent-based), or its exporter has not delivered its spans`,
        ]),
  ];
  return {
    cause: cause.join("; or "),
    remedy: `see the access log of ${next.role === "proxy" ? next.service : (before?.service ?? next.service)} for this request: no line, a line with another trace_id, or a traceparent that ends in 00 says which it is`,
  };
}

function services(hops: ExpectedSpan[]): string {
  return [...new Set(hops.map((it) => it.service))].join(" and ");
}

function spanAt(index: TraceIndex, place: number): Span {
  return index.spans[place] as Span;
}
