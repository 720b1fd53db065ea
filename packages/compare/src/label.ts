import type { Activities } from "./activity.ts";
import type { HopTable } from "./hop.ts";
import type { SpanIndex } from "./span-index.ts";
import { isAsking, isCrossing, isDeferred } from "./span-index.ts";
import { streamAttributes } from "./streamed-answers.ts";

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

/** How the names of Istio's gateways and waypoints begin (Istio, "istio proxy node id"); those of sidecars do not. */
const istioGateway = /^(router|waypoint)~/;

/** Who differs in one of these is no application and its own sidecar, which share a pod. */
const placeKeys = ["k8s.node.name", "k8s.node.uid", "k8s.pod.name", "k8s.pod.uid"];

/** Where Envoy says what it routed a request to. */
const clusterKeys = ["upstream_cluster", "upstream_cluster.name"];

/** What a call is reported by that asks a store or a queue, and no service. */
const storeKeys = ["db.system.name", "db.system", "messaging.system"];

/**
 * The flags with which Envoy answers before it has reached an upstream: none is healthy or to be had, none could be
 * connected to or was let through, or a filter refused (Envoy 1.40, "Access logging", %RESPONSE_FLAGS%).
 */
const ownAnswers: ReadonlySet<string> = new Set([
  ...["UH", "UF", "UO", "NR", "NC", "NFCF", "DF", "LH"],
  ...["FI", "RL", "RLSE", "UAEX", "IH", "DPE", "OM", "SI"],
]);

/** Where spans say the HTTP status, by OpenTelemetry's present and former names. */
export const statusKeys: readonly string[] = ["http.response.status_code", "http.status_code"];

/** What a span says that is about a call to a model, whatever its kind (semantic conventions for generative AI). */
export const modelKeys: readonly string[] = [
  "gen_ai.operation.name",
  "gen_ai.request.model",
  "gen_ai.system",
  "gen_ai.provider.name",
];

/** The keys of the span attributes that are looked at here: what to keep when only some are kept. */
export const compareAttributes: readonly string[] = [
  ...peerKeys,
  responseFlags,
  ...statusKeys,
  ...streamAttributes,
  ...modelKeys,
];

/**
 * The hop of the time between a span and the call next to it in time.
 *
 * @param beside the child next to the time, or -1 where the span waits for no child at all.
 */
export function hopBeside(index: SpanIndex, names: HopTable, span: number, beside: number): number {
  if (isOpenConnection(index, span, beside)) {
    return names.hop("unknown", index.node[span] as number, index.node[beside]);
  }
  return index.who[span]?.role === "proxy"
    ? besideInProxy(index, names, span, beside)
    : besideInApp(index, names, span, beside);
}

/**
 * Whether a call became a connection (HTTP 101, RFC 9110, section 15.2.2: WebSocket) that stayed open after its answer: what
 * it carried has spans of its own, or none. Where the answering span lasts as long as the connection, that is its work.
 */
function isOpenConnection(index: SpanIndex, span: number, beside: number): boolean {
  if (beside < 0 || !isCrossing(index, span, beside)) return false;
  const attributes = index.spans[span]?.attributes ?? {};
  return (
    statusKeys.some((it) => Number(attributes[it]) === 101) &&
    2 * (index.duration[beside] as number) < (index.duration[span] as number)
  );
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
  // Who takes up a message answers nobody: how long it lay is told apart.
  if (!isCrossing(index, span, beside) || isDeferred(index, span, beside)) {
    return names.hop("client", node);
  }
  return names.hop(isOwnProxy(index, span, beside) ? "client" : "network", node, index.node[beside]);
}

/** Who answers a call of an activity, as far as is known. */
export function answererOf(
  index: SpanIndex,
  names: HopTable,
  { firstCall, nextCall }: Activities,
  head: number,
  call: number,
): number {
  if (index.node[call] !== index.node[head]) return index.node[call] as number;
  let found = -1;
  const idOf = (it: number) => index.spans[it]?.spanId ?? "";
  for (let it = firstCall[call] as number; it >= 0; it = nextCall[it] as number) {
    if (index.node[it] === index.node[call]) continue;
    // By the id, as an order by start would be one by clocks that disagree.
    if (found < 0 || idOf(it) < idOf(found)) found = it;
  }
  return found < 0 ? unseenPeer(index, names, call) : (index.node[found] as number);
}

/** Whether the proxy that a call reaches first is the caller's own: no gateway, and not the callee's. */
function isOwnProxy(index: SpanIndex, span: number, proxy: number): boolean {
  const who = index.who[proxy];
  const node = index.spans[proxy]?.attributes.node_id;
  if (who?.role !== "proxy" || (typeof node === "string" && istioGateway.test(node))) {
    return false;
  }
  const [caller, called] = [index.spans[span]?.resource ?? {}, index.spans[proxy]?.resource ?? {}];
  if (
    placeKeys.some((it) => caller[it] !== undefined && called[it] !== undefined && caller[it] !== called[it])
  ) {
    return false;
  }
  const service = caller["service.name"];
  const isNamedSo = who.workload === service || called["service.name"] === service;
  return who.direction === "outbound" || isNamedSo;
}

function besideInProxy(index: SpanIndex, names: HopTable, span: number, beside: number): number {
  const node = index.node[span] as number;
  if (isAsking(index.spans[span]?.kind ?? "unspecified")) {
    if (beside < 0) {
      return answersItself(index, span)
        ? names.hop("proxy", node)
        : names.hop("waiting", node, unseenPeer(index, names, span));
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
  const attributes = index.spans[span]?.attributes ?? {};
  const flags = attributes[responseFlags];
  if (typeof flags === "string" && flags.split(",").some((it) => ownAnswers.has(it.trim()))) {
    return true;
  }
  const proxy = index.who[span]?.proxy;
  // Envoy names the cluster of whatever it routes, and a direct response or a redirect has none (1.40.0,
  // http_tracer_impl.cc). Where node_id is, which it writes always, nobody has taken its tags away.
  if (proxy === "envoy") {
    return attributes.node_id !== undefined && clusterKeys.every((it) => attributes[it] === undefined);
  }
  // It makes a span for each step and for each try upstream, so that none of these means that it tried none.
  if (proxy === "kong" && (index.firstChild[span] as number) >= 0) return !hasTry(index, span);
  // 502 is what a gateway says that got no answer from where it asked (RFC 9110, section 15.6.3).
  const isAlone = (index.firstChild[span] as number) < 0;
  return isAlone && statusKeys.some((it) => Number(attributes[it]) === 502);
}

/** Whether a step of Kong is a try upstream; before Kong 2.0 these are no CLIENT spans. */
function hasTry(index: SpanIndex, span: number): boolean {
  for (let it = index.firstChild[span] as number; it >= 0; it = index.nextSibling[it] as number) {
    if (index.spans[it]?.name.startsWith("kong.balancer")) return true;
  }
  return false;
}

/** Whom a call says that it asked, and whether that is a store or a queue. */
export function peersOf(index: SpanIndex, call: number): { named: string[]; isStore: boolean } {
  const attributes = index.spans[call]?.attributes ?? {};
  const named = peerKeys.map((it) => attributes[it]).filter((it) => typeof it === "string");
  return { named, isStore: storeKeys.some((it) => attributes[it] !== undefined) };
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
