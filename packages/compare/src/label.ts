import type { HopTable } from "./hop.ts";
import { isAsking, isCrossing, type SpanIndex } from "./span-index.ts";

/** What tells the other end of a call that reports no span, in the order in which it is looked for. */
const peerKeys = [
  "peer.service",
  "service.peer.name",
  "db.system.name",
  "db.system",
  "messaging.system",
  "upstream_cluster.name",
  "upstream_cluster",
  "rpc.service",
  "server.address",
  "net.peer.name",
];

/** Where Envoy says why it answered by itself; "-" when an upstream answered (access log docs, "%RESPONSE_FLAGS%"). */
const responseFlags = "response_flags";

/** The keys of the span attributes that are looked at here: what to keep when only some are kept. */
export const compareAttributes: readonly string[] = [...peerKeys, responseFlags];

/**
 * The hop of the time between a span and the call next to it in time.
 *
 * @param beside the child next to the time, or -1 where the span waits for no child at all.
 */
export function hopBeside(index: SpanIndex, names: HopTable, span: number, beside: number): number {
  return index.who[span]?.role === "proxy"
    ? besideInProxy(index, names, span, beside)
    : besideInApp(index, names, span, beside);
}

function besideInApp(index: SpanIndex, names: HopTable, span: number, beside: number): number {
  const node = index.node[span] as number;
  const kind = index.spans[span]?.kind;
  if (kind !== "client" && kind !== "producer") {
    return names.hop("app", node);
  }
  if (beside < 0) {
    return kind === "client"
      ? names.hop("waiting", node, unseenPeer(index, names, span))
      : names.hop("client", node);
  }
  if (!isCrossing(index, span, beside)) {
    return names.hop("client", node);
  }
  return names.hop(isOwnProxy(index, span, beside) ? "client" : "network", node, index.node[beside]);
}

/** Whether the proxy that a call reaches first is the caller's own, as far as is known. */
function isOwnProxy(index: SpanIndex, span: number, proxy: number): boolean {
  const who = index.who[proxy];
  if (who?.role !== "proxy") {
    return false;
  }
  return who.direction !== "inbound" || who.workload === index.spans[span]?.resource["service.name"];
}

function besideInProxy(index: SpanIndex, names: HopTable, span: number, beside: number): number {
  const node = index.node[span] as number;
  if (isAsking(index.spans[span]?.kind ?? "unspecified")) {
    if (beside < 0) {
      return names.hop("waiting", node, unseenPeer(index, names, span));
    }
    const next = index.node[beside] as number;
    const parent = index.parent[span] as number;
    const twoSpans = parent >= 0 && index.node[parent] === node;
    if (!twoSpans) {
      return names.hop("mixed", node, next);
    }
    return hidesApp(index, span, beside)
      ? names.hop("app", names.name(`${workloadOf(index, span)} (no span)`))
      : names.hop("network", node, next);
  }
  if (beside < 0) {
    return names.hop(answersItself(index, span) ? "proxy" : "mixed", node);
  }
  if (index.node[beside] === node) {
    return names.hop("proxy", node);
  }
  return hidesApp(index, span, beside)
    ? names.hop("mixed", node, names.name(`${workloadOf(index, span)} (no span)`))
    : names.hop("mixed", node, index.node[beside]);
}

/** Whether an application stands between its inbound and its outbound proxy without a span of its own. */
function hidesApp(index: SpanIndex, inbound: number, outbound: number): boolean {
  return (
    index.who[inbound]?.direction === "inbound" &&
    index.who[outbound]?.direction === "outbound" &&
    workloadOf(index, inbound) === workloadOf(index, outbound)
  );
}

function workloadOf(index: SpanIndex, span: number): string {
  const service = index.spans[span]?.resource["service.name"];
  return index.who[span]?.workload ?? (typeof service === "string" ? service : "unknown_service");
}

/** Whether a proxy without an upstream span answered by itself. */
function answersItself(index: SpanIndex, span: number): boolean {
  const flags = index.spans[span]?.attributes[responseFlags];
  return typeof flags === "string" && flags !== "" && flags !== "-";
}

function unseenPeer(index: SpanIndex, names: HopTable, span: number): number {
  const attributes = index.spans[span]?.attributes ?? {};
  for (const key of peerKeys) {
    const value = attributes[key];
    if (typeof value === "string" && value !== "" && value !== "-") {
      return names.name(`${value} (no span)`);
    }
  }
  return names.name("peer (no span)");
}
