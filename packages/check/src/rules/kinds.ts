import {
  childrenOf,
  edgeAt,
  idsAt,
  idsWith,
  labelAt,
  type Span,
  serviceOf,
  type TraceIndex,
} from "@envoy-mesh-lab/trace";
import type { Finding } from "../findings.ts";
import type { Rule } from "./rule.ts";

/** Edges on which CLIENT and SERVER do not alternate. Each edge is told once, however many spans show it. */
export const checkKinds: Rule = ({ index, explained }) => {
  // Each of them says that its caller made a CLIENT span, which is not in the input: that is told as a note.
  const halves = idsWith(index.trace, ["half-shared-span"]);
  const oneSpan = new Map<string, Group>();
  const broken = new Map<string, Group>();
  for (let i = 0; i < index.spans.length; i++) {
    const above = index.parent[i] as number;
    if (above < 0 || explained.has(i) || halves.has((index.spans[i] as Span).spanId)) continue;
    const kind = (index.spans[i] as Span).kind;
    if ((kind !== "client" && kind !== "server") || (index.spans[above] as Span).kind !== kind) continue;
    const lone = loneProxyOf(index, above, i);
    if (lone !== undefined) {
      add(oneSpan, proxyLabel(index, lone), above, i);
    } else if (serviceOf(index.spans[above] as Span) !== serviceOf(index.spans[i] as Span)) {
      add(broken, edgeAt(index, above, i), above, i);
    }
  }
  return [
    ...[...oneSpan].map(([proxy, group]) => oneSpanProxy(index, proxy, group)),
    ...[...broken.values()].map((group) => repeatedKind(index, group)),
  ];
};

type Group = { above: number; below: number; all: Set<number> };

function add(groups: Map<string, Group>, key: string, above: number, below: number): void {
  const group = groups.get(key) ?? { above, below, all: new Set<number>() };
  group.all.add(above).add(below);
  groups.set(key, group);
}

function proxyLabel(index: TraceIndex, i: number): string {
  return [serviceOf(index.spans[i] as Span), index.who[i]?.direction].filter(Boolean).join(" ");
}

/** Which of the two spans is a proxy that makes one span for each request instead of two. */
function loneProxyOf(index: TraceIndex, above: number, below: number): number | undefined {
  if ((index.spans[below] as Span).kind === "client") {
    return index.isProxy[below] ? below : undefined;
  }
  if (!index.isProxy[above]) return undefined;
  for (const child of childrenOf(index, above)) {
    const same = proxyLabel(index, child) === proxyLabel(index, above);
    if (same && index.isProxy[child] && (index.spans[child] as Span).kind === "client") return undefined;
  }
  return above;
}

function oneSpanProxy(index: TraceIndex, proxy: string, { above, below, all }: Group): Finding {
  const kind = (index.spans[below] as Span).kind.toUpperCase();
  return {
    code: "kind.one-span-proxy",
    edge: edgeAt(index, above, below),
    evidence: `${kind} follows on ${kind}: ${proxy} makes one span for each request, instead of SERVER for what came in and CLIENT for what went on`,
    cause:
      "spawn_upstream_span is off in this proxy's tracing block (Envoy's default; Istio's sidecars too): an OUTBOUND listener then makes a CLIENT span, any other a SERVER span",
    remedy:
      "set spawn_upstream_span: true in the proxy's tracing block, and its own time can be told from the network's and the peer's; else allow this finding",
    spanIds: idsAt(index, all),
  };
}

function repeatedKind(index: TraceIndex, { above, below, all }: Group): Finding {
  const service = serviceOf(index.spans[below] as Span);
  const caller = serviceOf(index.spans[above] as Span);
  const evidence = `the parent of ${labelAt(index, below)} is ${labelAt(index, above)}`;
  const common = { edge: edgeAt(index, above, below), spanIds: idsAt(index, all) };
  return (index.spans[below] as Span).kind === "client"
    ? {
        code: "kind.client-client",
        ...common,
        evidence: `${evidence}: no SERVER span stands between the two calls`,
        cause: `${service} passes the context on but makes no SERVER span of what it is asked, or its SERVER span was lost`,
        remedy: `add the server instrumentation of ${service}'s framework, and see that it extracts the context`,
      }
    : {
        code: "kind.server-server",
        ...common,
        evidence: `${evidence}: no CLIENT span stands between the two`,
        cause: `${caller} called without a CLIENT span and passed the context of its SERVER span on, or its CLIENT span was lost`,
        remedy: `add the client instrumentation to the calls of ${caller}, so that the wait for the answer can be seen`,
      };
}
