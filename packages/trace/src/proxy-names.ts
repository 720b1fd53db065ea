/** What is left of names such as istio-proxy, which all sidecars of a mesh may have: no workload. */
const proxyNames =
  /^(istio|linkerd2?|envoy|nginx|kong|traefik|haproxy|consul|kuma|mesh|sidecar|reverse|forward)$/i;

/** What sidecars have behind their workload's name. */
export const proxySuffix = /[-_.](envoy|proxy|sidecar|istio-proxy)$/i;

/** Whether a proxy has a name that says no more than what it is, as all the sidecars of a mesh may have. */
export function isSharedName(service: string): boolean {
  return service.startsWith("unknown_service:") || proxyNames.test(service.replace(proxySuffix, ""));
}

const gatewayWords =
  /(^|[-_.])(ingress|ingressgateway|gateway|edge|ambassador|emissary|contour|lb|loadbalancer)([-_.]|$)/i;

/** Gateways at the way out: Istio's egress gateway, Consul's terminating gateway. */
const wayOutWords = /(^|[-_.])(egress|egressgateway|terminating)([-_.]|$)/i;

/** Whether a proxy is named as what stands at the way in, in front of several services. */
export function isGatewayName(service: string): boolean {
  return gatewayWords.test(service) && !wayOutWords.test(service);
}
