import type { Span } from "./model.ts";
import { istioNode } from "./proxy-evidence.ts";

/** Which way a proxy's span looks: inbound, to the workload that it works for, or outbound, from it. */
export type Direction = "inbound" | "outbound";

/** Something that was found out, and what tells so. */
export interface Told<T> {
  value: T;
  evidence: string;
}

/** The keys of the span attributes that are looked at here. */
export const placeAttributes: readonly string[] = [
  "upstream_cluster",
  "upstream_cluster.name",
  "node_id",
  "istio.canonical_service",
  "direction",
];

/** Tells a proxy span's direction by what the span says of itself. Undefined when it does not say. */
export function directionOf({ name, kind, attributes, resource }: Span): Told<Direction> | undefined {
  const own = resource["mesh.proxy.direction"] ?? attributes.direction;
  if (own === "inbound" || own === "outbound") {
    return {
      value: own,
      evidence: `${resource["mesh.proxy.direction"] ? "resource mesh.proxy.direction" : "attribute direction"}="${own}"`,
    };
  }
  const cluster = attributes.upstream_cluster ?? attributes["upstream_cluster.name"];
  const way = typeof cluster === "string" ? wayOfCluster(cluster) : undefined;
  if (way !== undefined) return { value: way, evidence: `upstream_cluster="${cluster}"` };
  // Envoy names a span "ingress", or "egress" and the host, by its listener's traffic_direction
  // (source/common/tracing/tracer_impl.cc).
  if (/^ingress$/i.test(name)) return { value: "inbound", evidence: `name "${name}"` };
  if (/^egress( \S+)?$/i.test(name)) return { value: "outbound", evidence: `name "${name}"` };
  const node = attributes.node_id;
  if (typeof node === "string" && node.startsWith("sidecar~") && (kind === "server" || kind === "client")) {
    // One span a hop: Istio's sidecars make a SERVER span for what comes in, a CLIENT span for what goes out.
    return {
      value: kind === "server" ? "inbound" : "outbound",
      evidence: `kind ${kind.toUpperCase()} of an Istio sidecar`,
    };
  }
  if (typeof node === "string" && node.startsWith("waypoint~")) {
    return { value: "inbound", evidence: "an Istio waypoint stands before the services that it is for" };
  }
  return undefined;
}

/** `reviews.default.dc1.internal.<trust domain>.consul` */
const consulUpstream = /\.(internal|external)(-v\d+)?\.[^.]+\.consul$/;

/** How meshes name the clusters of what comes in and of what goes out, with which direction each tells. */
const clusterForms: readonly [RegExp, Direction][] = [
  // Istio: inbound|9080||, outbound|9080||reviews.default.svc.cluster.local; a waypoint: inbound-vip|9080|http|….
  [/^inbound(-vip)?[|_]/, "inbound"],
  [/^InboundPassthroughCluster/, "inbound"],
  [/^outbound[|_]/, "outbound"],
  [/^(PassthroughCluster|BlackHoleCluster)$/, "outbound"],
  // Consul: its public listener hands on to local_app.
  [/^local_app(_|$)/, "inbound"],
  // Consul names upstreams by service discovery: reviews.default.dc1.internal.<trust domain>.consul.
  [consulUpstream, "outbound"],
  // AWS App Mesh.
  [/^cds_ingress_/, "inbound"],
  [/^cds_egress_/, "outbound"],
  // Open Service Mesh: namespace/service|port|local for the workload itself.
  [/^[^/|]+\/[^/|]+\|\d+\|local$/, "inbound"],
  // Kuma and Kong Mesh: localhost:8080 or localhost_8080 for the workload itself.
  [/^localhost[:_]\d+$/, "inbound"],
];

/** Consul's form of a cluster that is not the workload's own: what its sidecars and its gateways alike ask. */
export function isConsulUpstream({ attributes }: Span): boolean {
  const cluster = attributes.upstream_cluster ?? attributes["upstream_cluster.name"];
  return typeof cluster === "string" && consulUpstream.test(cluster);
}

function wayOfCluster(cluster: string): Direction | undefined {
  return clusterForms.find(([form]) => form.test(cluster))?.[1];
}

/** Tells by what a proxy's span says of itself for which workload the proxy works. Undefined when it does not say. */
export function workloadOf({ attributes, resource }: Span): Told<string> | undefined {
  const own = resource["mesh.proxy.workload"];
  if (typeof own === "string" && own !== "") {
    return { value: own, evidence: `resource mesh.proxy.workload="${own}"` };
  }
  const node = attributes.node_id;
  // A waypoint works for the services behind it, and not for one workload.
  if (typeof node === "string" && node.startsWith("waypoint~")) return undefined;
  const service = attributes["istio.canonical_service"];
  if (typeof service === "string" && service !== "") {
    return { value: service, evidence: `istio.canonical_service="${service}"` };
  }
  const [, , , pod] = (typeof node === "string" && istioNode.exec(node)) || [];
  if (pod !== undefined && pod !== "") {
    // POD.NAMESPACE; a pod of a Deployment ends in the hashes of its ReplicaSet and its own.
    const workload = pod.replace(/\.[^.]*$/, "").replace(/-[a-z0-9]{6,10}-[a-z0-9]{5}$/, "");
    return { value: workload, evidence: `node_id names the pod ${pod}` };
  }
  const deployment = resource["k8s.deployment.name"];
  return typeof deployment === "string" && deployment !== ""
    ? { value: deployment, evidence: `resource k8s.deployment.name="${deployment}"` }
    : undefined;
}
