import type { Span, TraceIndex } from "@envoy-mesh-lab/trace";
import { childrenOf, edgeAt, idsAt, labelAt, serviceOf } from "@envoy-mesh-lab/trace";
import type { Finding } from "../findings.ts";
import { flagsOf, hasFailed, httpStatusOf, outcomeOf, proxySawFailure, rpcStatusOf } from "../span-facts.ts";
import type { Rule } from "./rule.ts";

/** Edges between an application and a proxy of which one says that the call failed, and the other that it did not. */
export const checkStatus: Rule = ({ index, explained }) => {
  const lastRequest = lastRequests(index);
  const unseen: Edge[] = [];
  const findings: Finding[] = [];
  for (let i = 0; i < index.spans.length; i++) {
    const parent = index.parent[i] as number;
    if (parent < 0 || index.isProxy[i] === index.isProxy[parent]) continue;
    const [app, proxy] = index.isProxy[i] ? [parent, i] : [i, parent];
    if (explained.has(app) || explained.has(proxy) || !isCall(index, parent, i)) continue;
    if (index.isProxy[i] && lastRequest(parent) !== i) continue;
    const span = index.spans[app] as Span;
    const failed = hasFailed(span);
    // Who cancels a call knows it; the proxy sees a caller that went away.
    if (failed && rpcStatusOf(span) !== "cancelled" && !proxySawFailure(index.spans[proxy] as Span)) {
      unseen.push({ app, proxy });
    } else if (!failed && isOwnFailure(index.spans[proxy] as Span)) {
      findings.push(unseenByApp(index, { app, proxy }));
    }
  }
  return [...byOrigin(index, unseen).map((edges) => unseenByProxy(index, edges)), ...findings];
};

interface Edge {
  app: number;
  proxy: number;
}

/** From an application's CLIENT span into a proxy, or from a proxy to an application's SERVER span. */
function isCall(index: TraceIndex, parent: number, child: number): boolean {
  return index.isProxy[child] === 1
    ? (index.spans[parent] as Span).kind === "client"
    : (index.spans[child] as Span).kind === "server";
}

/**
 * Tells the last request of a call that takes several, to try again or to follow a redirect: how that one ended is how the
 * call did.
 */
function lastRequests(index: TraceIndex): (parent: number) => number {
  const known = new Map<number, number>();
  return (parent) => {
    let last = known.get(parent) ?? -1;
    if (last >= 0) return last;
    for (const child of childrenOf(index, parent)) {
      const isLater = last < 0 || (index.end[child] as number) > (index.end[last] as number);
      if (index.isProxy[child] && isLater) last = child;
    }
    known.set(parent, last);
    return last;
  };
}

/** An HTTP 5xx that came as an answer: flags would say that the proxy made it, or that somebody broke off. */
function isOwnFailure(span: Span): boolean {
  const http = httpStatusOf(span);
  return http !== undefined && http >= 500 && flagsOf(span).length === 0;
}

/** Puts edges together that tell of one error on its way up: all above the same lowest one. */
function byOrigin(index: TraceIndex, edges: Edge[]): Edge[][] {
  const at = new Map(edges.map((it) => [lower(index, it), it]));
  const claimed = new Set<number>();
  const groups: Edge[][] = [];
  // From the last to start, which are the lowest, upwards.
  for (const edge of [...edges].reverse()) {
    const group: Edge[] = [];
    for (let i = lower(index, edge); i >= 0 && !claimed.has(i); i = index.parent[i] as number) {
      // The way up ends where an application did not fail: there the error was handled.
      if (!index.isProxy[i] && !hasFailed(index.spans[i] as Span)) break;
      claimed.add(i);
      const found = at.get(i);
      if (found) group.push(found);
    }
    if (group.length > 0) groups.push(group);
  }
  return groups.reverse();
}

function lower(index: TraceIndex, { app, proxy }: Edge): number {
  return index.parent[app] === proxy ? app : proxy;
}

function unseenByProxy(index: TraceIndex, edges: Edge[]): Finding {
  const { app, proxy } = edges[0] as Edge;
  const proxies = [...new Set(edges.map((it) => labelAt(index, it.proxy)))];
  const span = index.spans[app] as Span;
  const [from, to] = index.parent[app] === proxy ? [proxy, app] : [app, proxy];
  return {
    code: "status.unseen-by-proxy",
    edge: edgeAt(index, from, to),
    evidence: `${labelAt(index, app)} failed (${outcomeOf(span)}), but ${proxies.join(", ")} saw success (${outcomeOf(index.spans[proxy] as Span)})`,
    cause:
      "the error rides on HTTP 200: in the last message of a Connect stream, in the body of gRPC-Web, or in the trailers of gRPC where the proxy does not read them (Envoy 1.40 does); or the application failed on its own side, after a good answer",
    remedy:
      "alert on the application's spans, or for gRPC on the proxy's grpc.status_code; the proxy's HTTP status and span status do not show this error",
    spanIds: idsAt(index, [app, ...edges.map((it) => it.proxy)]),
  };
}

function unseenByApp(index: TraceIndex, { app, proxy }: Edge): Finding {
  const [from, to] = index.parent[app] === proxy ? [proxy, app] : [app, proxy];
  const service = serviceOf(index.spans[app] as Span);
  return {
    code: "status.unseen-by-app",
    edge: edgeAt(index, from, to),
    evidence: `${labelAt(index, proxy)} saw a failure (${outcomeOf(index.spans[proxy] as Span)}), but ${labelAt(index, app)} says it went well (${outcomeOf(index.spans[app] as Span)})`,
    cause: `${service} does not record the error on its span: the error came after the span had ended, or was caught and not recorded on the span`,
    remedy: `let ${service} set the span's status to error where it ${index.parent[app] === proxy ? "answers with" : "gets"} a server error`,
    spanIds: idsAt(index, [app, proxy]),
  };
}
