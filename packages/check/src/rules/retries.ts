import type { Span, TraceIndex } from "@envoy-mesh-lab/trace";
import { childrenOf, edgeAt, idsAt, labelAt, serviceOf } from "@envoy-mesh-lab/trace";
import type { Finding } from "../findings.ts";
import { adviceAt } from "../product-advice.ts";
import { outcomeOf, pathOf } from "../span-facts.ts";
import type { Rule } from "./rule.ts";

const clusterKeys = ["upstream_cluster", "envoy.upstream_cluster.name"];

/** The keys of the span attributes that are looked at here, beside those of span-facts.ts. */
export const retryAttributes: readonly string[] = clusterKeys;

/** Attempts of a proxy that its caller sees as one call: several calls, one after the other, below one proxy span. */
export const checkRetries: Rule = ({ index }) => {
  const findings: Finding[] = [];
  for (let i = 0; i < index.spans.length; i++) {
    if (index.isProxy[i] !== 1 || isStep(index, i)) continue;
    const first = index.firstChild[i] as number;
    const isAlone = first >= 0 && (index.nextSibling[first] as number) < 0;
    if (first < 0 || (isAlone && !isStep(index, first))) continue;
    for (const attempts of attemptsBelow(index, i)) {
      if (attempts.length > 1) findings.push(hidden(index, i, attempts));
    }
  }
  return findings;
};

/** Whether a span is a step inside of the proxy whose span is above it. */
function isStep(index: TraceIndex, i: number): boolean {
  const above = index.parent[i] as number;
  const span = index.spans[i] as Span;
  return (
    span.kind === "internal" &&
    above >= 0 &&
    index.isProxy[above] === 1 &&
    serviceOf(index.spans[above] as Span) === serviceOf(span)
  );
}

/** What is below a proxy's span: its steps (middlewares, plugins) left out, and what is below those in their place. */
function withSteps(index: TraceIndex, i: number): number[] {
  const found: number[] = [];
  const open = [i];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const child of childrenOf(index, at)) {
      if (index.isProxy[child] === 1 && isStep(index, child)) open.push(child);
      else found.push(child);
    }
  }
  // Places are in order of start.
  return found.sort((a, b) => a - b);
}

/**
 * What a proxy's span has below it, by who was called. A proxy that makes two spans has its own CLIENT spans there, one
 * for each attempt; one that makes one span has the callee's SERVER spans.
 */
function attemptsBelow(index: TraceIndex, i: number): number[][] {
  const proxy = index.spans[i] as Span;
  const groups = new Map<string, number[]>();
  for (const child of withSteps(index, i)) {
    const span = index.spans[child] as Span;
    const own = index.isProxy[child] === 1 && serviceOf(span) === serviceOf(proxy);
    // A sidecar's outbound calls below its inbound span are the workload's own, which made no spans.
    if (own && index.who[child]?.direction !== index.who[i]?.direction) continue;
    // What an Envoy asks somebody about the request (ext_authz, a rate limit) is no attempt at it.
    if (own && span.name.startsWith("async ")) continue;
    if (!(own && span.kind === "client") && !(!own && span.kind === "server")) continue;
    const cluster = clusterKeys
      .map((it) => span.attributes[it])
      .find((it) => it !== undefined && it !== null);
    // A proxy names its attempts alike, but for their number; what a plugin of it asks for has another name.
    const name = own ? span.name.replaceAll(/\d+/g, "") : "";
    const to = typeof cluster === "string" ? cluster : "";
    const key = [span.kind, serviceOf(span), to, pathOf(span) ?? "", name];
    const group = groups.get(key.join("\n"));
    // Calls at the same time are copies (mirroring, hedging), not attempts.
    if (group === undefined) {
      groups.set(key.join("\n"), [child]);
    } else if ((index.start[child] as number) >= (index.end[group.at(-1) as number] as number) - 1e6) {
      group.push(child);
    }
  }
  return [...groups.values()];
}

function hidden(index: TraceIndex, i: number, attempts: number[]): Finding {
  const proxy = serviceOf(index.spans[i] as Span);
  const caller = index.parent[i] as number;
  const seen = attempts.map((it) => outcomeOf(index.spans[it] as Span));
  return {
    code: "retry.hidden",
    edge: edgeAt(index, i, attempts[0] as number),
    evidence: `${attempts.length} attempts below one span, one after the other: ${seen.map((it, n) => `${n + 1}. ${it}`).join("; ")}; ${labelAt(index, i)}: ${outcomeOf(index.spans[i] as Span)}${caller >= 0 ? `; ${labelAt(index, caller)} above sees one call` : ""}`,
    cause: `${proxy} retried: ${adviceAt(index, i).retries}`,
    remedy:
      "retry only what is safe to repeat (methods without side effects, or failures before a connection was made), and count attempts, not calls, when you plan load and timeouts",
    spanIds: idsAt(index, [...attempts, i]),
  };
}
