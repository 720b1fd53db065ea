import type { AttributeValue } from "./model.ts";

/**
 * What attributes tell, by their keys: OpenTelemetry's semantic conventions 1.38 (rpc, http, network, server, url), and what
 * Envoy 1.40 writes ("Tracing", "What data each trace contains"). Keys of an application's own are not in it.
 */
const meanings: Record<string, string> = {
  "rpc.system.name": "the RPC protocol, by the name of its system",
  "rpc.method": "the RPC, with its service",
  "rpc.status_code": "what came of the RPC, as its protocol names it",
  "rpc.response.status_code": "what came of the RPC, as its protocol names it",
  "rpc.grpc.status_code": "gRPC's status by number; 0 is OK",
  "error.type": "why it counts as an error",
  "server.address": "the host that was called",
  "server.port": "the port that was called",
  "network.peer.address": "who is at the other end of the connection",
  "network.peer.port": "the port at the other end of the connection",
  "http.request.method": "HTTP's method",
  "http.response.status_code": "HTTP's status; an RPC may fail with 200 too",
  "url.full": "what was asked for",
  "url.path": "what was asked for, without host and query",
  "user_agent.original": "the program that asked, by its own words",
  "http.request.body.size": "bytes that came in",
  "http.response.body.size": "bytes that went out",
  "envoy.upstream_cluster.name": "the cluster that Envoy chose to send it to",
  upstream_cluster: "the cluster that Envoy chose to send it to",
  upstream_address: "the host that Envoy sent it to",
  "guid:x-request-id": "the request's id, which Envoy made or was given",
  downstream_cluster: "the cluster that the caller says it is of",
  component: "what kind of program made the span",
  "service.name": "who made the span",
  "service.instance.id": "which of its processes",
  "mesh.proxy.direction": "which way the proxy looks: to its workload (inbound) or away from it",
  "mesh.proxy.workload": "whose sidecar it is",
  "telemetry.sdk.name": "the library that made the span",
};

/** Envoy's response flags ("Access logging", RESPONSE_FLAGS, Envoy 1.40). */
const flags: Record<string, string> = {
  "-": "nothing to tell",
  DC: "the caller went away",
  DI: "the fault filter delayed it",
  DPE: "the caller broke HTTP's rules",
  DT: "the connection's longest time was over",
  FI: "the fault filter ended it",
  IH: "a header had a value that is not allowed",
  LH: "the local health check failed",
  LR: "Envoy reset the connection",
  NC: "there is no such cluster",
  NR: "no route fits the request",
  OM: "Envoy was overloaded",
  RL: "the rate limit was reached",
  SI: "nothing came for too long",
  UAEX: "the authorization service refused it",
  UC: "the upstream host ended the connection",
  UF: "no connection to the upstream host",
  UH: "the cluster has no healthy host",
  UMSDR: "the stream lasted too long",
  UO: "a circuit breaker was full",
  UPE: "the upstream host broke HTTP's rules",
  UR: "the upstream host reset the stream",
  URX: "the last retry failed too",
  UT: "the route's timeout was over",
};

/** What an attribute tells, in words; undefined for a key of which nothing general is known. */
export function meaningOf(key: string, value: AttributeValue): string | undefined {
  if (key === "response_flags") {
    const told = `${value}`
      .split(",")
      .flatMap((it) => (Object.hasOwn(flags, it) ? (flags[it] as string) : []));
    return ["why Envoy answered as it did", ...(told.length > 0 ? [told.join(", ")] : [])].join(": ");
  }
  return Object.hasOwn(meanings, key) ? meanings[key] : undefined;
}
