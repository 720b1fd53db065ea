import type { Span } from "./model.ts";
import type { Product } from "./proxy-products.ts";
import { products } from "./proxy-products.ts";

/** Which proxy made a span, and what tells so, in words. */
export interface ProxyEvidence {
  proxy: string;
  evidence: string[];
}

/** Values of `node_id` with which Istio's proxies begin; the node's type (Istio, "istio proxy node id"). */
export const istioNode = /^(sidecar|router|waypoint|ztunnel)~([^~]*)~([^~]*)~/;

/** Attributes that only Envoy's tracers set (Envoy 1.40, source/common/tracing/http_tracer_impl.cc). */
const envoyAttributes = [
  "upstream_cluster",
  "upstream_cluster.name",
  "upstream_address",
  "downstream_cluster",
  "guid:x-request-id",
  "response_flags",
];

/** Attributes that Istio adds to the spans of its proxies (Istio, "Telemetry API", default tags). */
const istioAttributes = ["istio.mesh_id", "istio.canonical_service"];

/** How Envoy names the span of one try upstream, and of its own side calls. */
export const envoyNames = /^(router|async) .+ egress$/;

/** Names that a proxy's spans often have, but others might too: they add to what is known otherwise. */
const hints: [RegExp, string][] = [
  [/^(ingress$|egress( \S+)?$)/i, "Envoy's names for the direction"],
  [/^[\w.-]+:\d+\/\*$/, "Istio's form host:port/*"],
];

/** The keys of the span attributes that are looked at here. */
export const evidenceAttributes: readonly string[] = [
  "component",
  "node_id",
  ...envoyAttributes,
  ...istioAttributes,
  ...products.flatMap((it) => it.attributes ?? []),
];

/** Tells by what a span says of itself whether a proxy made it. Undefined when nothing says so. */
export function findProxy(span: Span): ProxyEvidence | undefined {
  const envoy = envoyEvidence(span);
  if (envoy.length > 0) {
    return { proxy: "envoy", evidence: [...envoy, ...hintsOf(span)] };
  }
  for (const product of products) {
    const evidence = evidenceFor(span, product);
    if (evidence.length > 0) {
      return { proxy: product.proxy, evidence };
    }
  }
  return undefined;
}

/**
 * What product a proxy is whose span this is: as origins name it, or for an Envoy that Istio has set up "istio", of which
 * gateways and waypoints are "istio-gateway": they make other spans than sidecars.
 *
 * @param proxy as origins name it.
 */
export function productOf({ attributes }: Span, proxy: string | undefined): string | undefined {
  const node = attributes.node_id;
  const [, type] = (typeof node === "string" && istioNode.exec(node)) || [];
  if (proxy !== "envoy") return proxy;
  if (type === "router" || type === "waypoint") return "istio-gateway";
  return type !== undefined || istioAttributes.some((it) => it in attributes) ? "istio" : proxy;
}

function envoyEvidence({ name, scope, attributes, resource }: Span): string[] {
  const evidence: string[] = [];
  if (scope.name === "envoy") {
    evidence.push('instrumentation scope "envoy"');
  }
  if (resource["telemetry.sdk.name"] === "envoy") {
    evidence.push('resource telemetry.sdk.name="envoy"');
  }
  if (attributes.component === "proxy") {
    evidence.push('attribute component="proxy"');
  }
  const node = attributes.node_id;
  if (typeof node === "string" && istioNode.test(node)) {
    evidence.push(`attribute node_id="${node.slice(0, node.indexOf("~"))}~…" (Istio)`);
  }
  const own = envoyAttributes.filter((it) => attributes[it] !== undefined);
  if (own.length > 0) {
    evidence.push(`Envoy's attributes ${own.join(", ")}`);
  }
  const istio = istioAttributes.filter((it) => attributes[it] !== undefined);
  if (istio.length > 0) {
    evidence.push(`Istio's attributes ${istio.join(", ")}`);
  }
  if (envoyNames.test(name)) {
    evidence.push(`name "${name}", as Envoy names an upstream attempt`);
  }
  return evidence;
}

function hintsOf({ name }: Span): string[] {
  return hints.filter(([form]) => form.test(name)).map(([, what]) => `name "${name}": ${what}`);
}

function evidenceFor({ name, scope, attributes, resource }: Span, product: Product): string[] {
  const evidence: string[] = [];
  const { component } = attributes;
  const service = resource["service.name"];
  const own = product.resource;
  if (own !== undefined && String(resource[own.key] ?? "").toLowerCase() === own.value) {
    evidence.push(`resource ${own.key}="${resource[own.key]}"`);
  }
  if (product.scope?.test(scope.name)) {
    evidence.push(`instrumentation scope "${scope.name}"`);
  }
  if (typeof component === "string" && product.component?.test(component)) {
    evidence.push(`attribute component="${component}"`);
  }
  for (const key of product.attributes ?? []) {
    if (attributes[key] !== undefined) evidence.push(`attribute ${key}`);
  }
  if (typeof service === "string" && product.service?.test(service)) {
    evidence.push(`service.name="${service}"`);
  }
  if (product.name?.test(name)) {
    evidence.push(`name "${name}"`);
  }
  return evidence;
}
