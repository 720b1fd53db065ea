import type { Span } from "./model.ts";
import { istioNode } from "./proxy-evidence.ts";

/** Which way a proxy's span looks: inbound, to the workload that it works for, or outbound, from it. */
export type Direction = "inbound" | "outbound";

/** Something that was found out, and what tells so. */
export type Told<T> = { value: T; evidence: string };

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
  // Istio names its clusters so: inbound|9080||, outbound|9080||reviews.default.svc.cluster.local.
  const cluster = attributes.upstream_cluster ?? attributes["upstream_cluster.name"];
  const [, way] = (typeof cluster === "string" && /^(inbound|outbound)[|_]/.exec(cluster)) || [];
  if (way === "inbound" || way === "outbound") {
    return { value: way, evidence: `upstream_cluster="${cluster}"` };
  }
  if (/^ingress$/i.test(name)) return { value: "inbound", evidence: `name "${name}"` };
  if (/^egress$/i.test(name)) return { value: "outbound", evidence: `name "${name}"` };
  const node = attributes.node_id;
  if (typeof node === "string" && node.startsWith("sidecar~") && (kind === "server" || kind === "client")) {
    // One span a hop: Istio's sidecars make a SERVER span for what comes in, a CLIENT span for what goes out.
    return {
      value: kind === "server" ? "inbound" : "outbound",
      evidence: `kind ${kind.toUpperCase()} of an Istio sidecar`,
    };
  }
  return undefined;
}

/** Tells by what a proxy's span says of itself for which workload the proxy works. Undefined when it does not say. */
export function workloadOf({ attributes, resource }: Span): Told<string> | undefined {
  const own = resource["mesh.proxy.workload"];
  if (typeof own === "string" && own !== "") {
    return { value: own, evidence: `resource mesh.proxy.workload="${own}"` };
  }
  const service = attributes["istio.canonical_service"];
  if (typeof service === "string" && service !== "") {
    return { value: service, evidence: `istio.canonical_service="${service}"` };
  }
  const node = attributes.node_id;
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
