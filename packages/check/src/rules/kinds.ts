import type { Span, TraceIndex } from "@envoy-mesh-lab/trace";
import { edgeAt, idsAt, idsWith, labelAt, serviceOf } from "@envoy-mesh-lab/trace";
import type { Finding } from "../findings.ts";
import { isSameProxy, passageOf } from "../passage.ts";
import { adviceAt } from "../product-advice.ts";
import type { Rule } from "./rule.ts";

/** Edges on which CLIENT and SERVER do not alternate. Each edge is reported once, however many spans show it. */
export const checkKinds: Rule = ({ index, explained }) => {
  // Each of them says that its caller made a CLIENT span, which is not in the input: that is reported as a note.
  const halves = idsWith(index.trace, ["half-shared-span"]);
  const oneSpan = new Map<string, Group>();
  const broken = new Map<string, Group>();
  const loneProxyOf = loneProxies(index);
  for (let i = 0; i < index.spans.length; i++) {
    const kind = (index.spans[i] as Span).kind;
    if (kind !== "client" && kind !== "server") continue;
    const above = outsideOfSteps(index, index.parent[i] as number);
    if (above < 0 || (index.spans[above] as Span).kind !== kind) continue;
    if (explained.has(i) || halves.has((index.spans[i] as Span).spanId)) continue;
    if (isInsideOfProxy(index, above, i)) continue;
    const lone = loneProxyOf(above, i);
    if (lone !== undefined) {
      add(oneSpan, proxyLabel(index, lone), above, i, lone);
    } else if (serviceOf(index.spans[above] as Span) !== serviceOf(index.spans[i] as Span)) {
      add(broken, edgeAt(index, above, i), above, i);
    }
  }
  return [
    ...[...oneSpan].map(([proxy, group]) => oneSpanProxy(index, proxy, group)),
    ...[...broken.values()].map((group) => repeatedKind(index, group)),
  ];
};

/** `maker`: the span whose maker it is about. */
interface Group {
  above: number;
  below: number;
  maker: number;
  all: Set<number>;
}

function add(
  groups: Map<string, Group>,
  key: string,
  above: number,
  below: number,
  maker: number = above,
): void {
  const group = groups.get(key) ?? { above, below, maker, all: new Set<number>() };
  group.all.add(above).add(below);
  groups.set(key, group);
}

function proxyLabel(index: TraceIndex, i: number): string {
  return [serviceOf(index.spans[i] as Span), index.who[i]?.direction].filter(Boolean).join(" ");
}

/** The span of a proxy in which its INTERNAL span is a step: a phase, a filter, a middleware; any other span is itself. */
function outsideOfSteps(index: TraceIndex, i: number): number {
  let at = i;
  while (at >= 0 && index.isProxy[at] === 1 && (index.spans[at] as Span).kind === "internal") {
    const above = index.parent[at] as number;
    if (!isSameProxy(index, above, at)) break;
    at = above;
  }
  return at;
}

/** Whether both are CLIENT spans that one proxy makes of one call: for the call, and for each of its attempts (Kong). */
function isInsideOfProxy(index: TraceIndex, above: number, below: number): boolean {
  return (
    index.isProxy[above] === 1 &&
    index.isProxy[below] === 1 &&
    (index.spans[below] as Span).kind === "client" &&
    proxyLabel(index, above) === proxyLabel(index, below)
  );
}

/**
 * Tells which of two spans, parent and child, is a proxy that makes one span for each request instead of two. What is below a
 * proxy's span is looked through once, however much that is.
 */
function loneProxies(index: TraceIndex): (above: number, below: number) => number | undefined {
  const known = new Map<number, boolean>();
  return (above, below) => {
    if ((index.spans[below] as Span).kind === "client") {
      return index.isProxy[below] ? below : undefined;
    }
    if (!index.isProxy[above]) return undefined;
    let isLone = known.get(above);
    if (isLone === undefined) {
      isLone = !passageOf(index, above).own.some((it) => (index.spans[it] as Span).kind === "client");
      known.set(above, isLone);
    }
    return isLone ? above : undefined;
  };
}

function oneSpanProxy(index: TraceIndex, proxy: string, { above, below, maker, all }: Group): Finding {
  const { cause, remedy } = adviceAt(index, maker).oneSpan;
  const kind = (index.spans[below] as Span).kind.toUpperCase();
  return {
    code: "kind.one-span-proxy",
    edge: edgeAt(index, above, below),
    evidence: `${kind} is below ${kind}: ${proxy} makes one span for each request, not a SERVER and a CLIENT span; service graphs, which join a CLIENT span with the SERVER span below it, have no edge here`,
    cause,
    remedy,
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
        cause: `${service} passes the context on but makes no SERVER span for the request it receives, or its SERVER span was lost`,
        remedy: `add the server instrumentation of ${service}'s framework, and see that it extracts the context`,
      }
    : {
        code: "kind.server-server",
        ...common,
        evidence: `${evidence}: no CLIENT span stands between the two`,
        // A proxy that makes none at all has been told apart.
        ...(index.isProxy[above] === 1
          ? {
              cause: `${caller} makes CLIENT spans, and none for this call: it passed on the context of its SERVER span, or its CLIENT span was lost`,
              remedy: adviceAt(index, above).ownContext,
            }
          : {
              cause: `${caller} called ${service} without a CLIENT span and passed on the context of its SERVER span, or its CLIENT span was lost`,
              remedy: `add the client instrumentation to the calls of ${caller}, so that the wait for the answer can be seen; if ${caller} is a proxy, say so: --proxy 'service.name=${caller}'`,
            }),
      };
}
