import type { Span, TraceIndex } from "@envoy-mesh-lab/trace";
import { edgeAt, idsAt, serviceOf } from "@envoy-mesh-lab/trace";
import type { Finding } from "../findings.ts";
import { methodOf, pathOf } from "../span-facts.ts";
import type { Rule } from "./rule.ts";

/**
 * Services that only pass calls on: all that they have are SERVER spans, and below each the same call, by method and
 * path, to somebody else. They look like proxies of which nothing says so, and are reported with the rule that does.
 */
export const checkUnknownProxies: Rule = ({ index, explained }) => {
  const candidates = new Map<string, Passing>();
  const isOwnHandler = ownHandlers(index);
  for (let i = 0; i < index.spans.length; i++) {
    if (index.isProxy[i] === 1) continue;
    const service = serviceOf(index.spans[i] as Span);
    let passing = candidates.get(service);
    if (passing === undefined) {
      passing = { edges: [], all: [], doesMore: false };
      candidates.set(service, passing);
    }
    passing.doesMore ||= !takes(index, passing, i, isOwnHandler);
  }
  return [...candidates].flatMap(([service, passing]): Finding[] => {
    if (passing.doesMore || passing.edges.length === 0) return [];
    // SERVER on SERVER is what a proxy makes that has one span for each request.
    for (const [, below] of passing.edges) {
      if ((index.spans[below] as Span).kind === "server") explained.add(below);
    }
    return [unknownProxy(index, service, passing)];
  });
};

interface Passing {
  edges: [number, number][];
  all: number[];
  /** Whether the service does more than to pass calls on. */
  doesMore: boolean;
}

/** Adds a span to what is known of its service. False when the service does more than to pass calls on. */
function takes(
  index: TraceIndex,
  passing: Passing,
  i: number,
  isOwnHandler: (i: number) => boolean,
): boolean {
  const span = index.spans[i] as Span;
  passing.all.push(i);
  if (span.kind === "internal") return true;
  if (span.kind === "client") return isOwnHandler(i);
  return span.kind === "server" && passesOn(index, passing, i);
}

/** Tells whether a span is below a SERVER span of its own service. Each span is looked at once, however deep they hang. */
function ownHandlers({ spans, parent }: TraceIndex): (i: number) => boolean {
  /** By place: 1 when it is, 2 when it is not, 0 when that is not known yet. */
  const known = new Uint8Array(spans.length);
  return (i) => {
    const service = serviceOf(spans[i] as Span);
    let at = i;
    let is = 0;
    while (is === 0) {
      is = known[at] as number;
      if (is !== 0) break;
      const above = parent[at] as number;
      if (above < 0 || serviceOf(spans[above] as Span) !== service) is = 2;
      else if ((spans[above] as Span).kind === "server") is = 1;
      else at = above;
    }
    for (let it = i; known[it] === 0; it = parent[it] as number) {
      known[it] = is;
      if (it === at) break;
    }
    return is === 1;
  };
}

/**
 * Adds what a SERVER span calls: its own CLIENT spans, inside of its INTERNAL ones too, or else what is directly below it.
 * False when that is another request than its own, or nothing.
 */
function passesOn(index: TraceIndex, { edges }: Passing, i: number): boolean {
  const { firstChild, nextSibling } = index;
  const above = index.spans[i] as Span;
  const service = serviceOf(above);
  const known = edges.length;
  const open = [i];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (let child = firstChild[at] as number; child >= 0; child = nextSibling[child] as number) {
      const span = index.spans[child] as Span;
      if (serviceOf(span) === service && span.kind === "internal") open.push(child);
      else if (isSameRequest(above, span)) edges.push([i, child]);
      else return false;
    }
  }
  return edges.length > known;
}

function isSameRequest(a: Span, b: Span): boolean {
  const isCall = (b.kind === "client") === (serviceOf(a) === serviceOf(b)) && b.kind !== "internal";
  if (!isCall) return false;
  const [path, method] = [pathOf(a), methodOf(a)];
  // That both are asked for "/" says little, where nothing but that says that the one is the other's.
  const saysEnough = path !== undefined && (path !== "/" || b.kind === "client");
  return saysEnough && isSamePath(path, pathOf(b)) && method === methodOf(b);
}

/** Whether a path was passed on, as it is or without the prefix that a route took away (`/api/orders/1` as `/orders/1`). */
function isSamePath(asked: string, passedOn: string | undefined): boolean {
  return passedOn !== undefined && (asked === passedOn || (passedOn.length > 1 && asked.endsWith(passedOn)));
}

function unknownProxy(index: TraceIndex, service: string, { edges, all }: Passing): Finding {
  const [above, below] = edges[0] as [number, number];
  const scope = (index.spans[above] as Span).scope.name;
  const rule = `service.name=${service}`;
  return {
    code: "kind.unknown-proxy",
    edge: edgeAt(index, above, below),
    evidence: `${service} looks like a proxy: ${edges.length === 1 ? "the only call that it makes has" : `all ${edges.length} calls that it makes have`} the method and path of the request that it received${scope === "" ? "" : ` (instrumentation scope ${scope})`}; no attribute says so, so it is counted as an application`,
    cause: "it is a proxy that this tool does not know, or an application that works as a gateway",
    remedy: `if it is a proxy, say so: --proxy '${rule.replaceAll("'", "'\\''")}'`,
    spanIds: idsAt(index, all),
  };
}
