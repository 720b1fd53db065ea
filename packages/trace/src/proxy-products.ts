/**
 * A proxy product that its spans tell. Each of these is enough by itself, so each has to be something that only this
 * product says of itself; what is not said, is not looked at.
 */
export interface Product {
  /** As origins and findings name it. */
  proxy: string;
  /** The instrumentation scope. */
  scope?: RegExp;
  /** The attribute `component` (OpenTracing). */
  component?: RegExp;
  /** Attributes that no other product sets. */
  attributes?: readonly string[];
  /** An attribute of the resource, and its value in lower case. */
  resource?: { key: string; value: string };
  /** `service.name`, where it is the product's default. */
  service?: RegExp;
  name?: RegExp;
  /**
   * It is a library in a process whose other spans come from the process' own instrumentation: only what surrounds its
   * INTERNAL span is the proxy's too.
   */
  isLibrary?: true;
  /** It also runs as a sidecar, beside one workload; the others stand in front of several. */
  isSidecar?: true;
}

/** Proxies other than Envoy, each after its own documentation or source. */
export const products: readonly Product[] = [
  {
    // nginx-otel names its scope "nginx"; nginx-opentracing sets component and the worker's id; ingress-nginx does both.
    proxy: "nginx",
    scope: /^nginx$/,
    component: /^nginx$/,
    attributes: ["nginx.worker_pid"],
    service: /^(unknown_service:)?(nginx(-proxy|-ingress(-controller)?)?|ingress-nginx(-controller)?)$/,
  },
  {
    // The OpenTelemetry filter of HAProxy 3.4, the OpenTracing filter before it, and haproxy-otel (Lua).
    proxy: "haproxy",
    scope: /haproxy/i,
    component: /^haproxy$/i,
    service: /^haproxy$/i,
    name: /^HAProxy /,
  },
  {
    // traefik/traefik v3, pkg/middlewares/observability; v2 sets component by OpenTracing.
    proxy: "traefik",
    scope: /^github\.com\/traefik\/traefik/,
    component: /^traefik$/i,
    attributes: ["traefik.service.name", "traefik.router.name", "traefik.middleware.name"],
    service: /^traefik$/i,
    name: /^EntryPoint \S+$/,
  },
  {
    // Kong Gateway, "Tracing reference"; kong/plugins/zipkin sets lc and kong.node.id.
    proxy: "kong",
    scope: /^kong-internal$/,
    component: /^kong$/i,
    attributes: ["kong.balancer.try", "kong.service", "kong.route", "kong.node.id", "proxy.kong.request.id"],
    service: /^kong$/i,
    name: /^kong(\.|$)/,
  },
  {
    // linkerd2-proxy reports as linkerd-proxy, with attributes of its own for the direction.
    proxy: "linkerd",
    scope: /^linkerd/i,
    component: /^linkerd/i,
    service: /^linkerd-proxy$/i,
    isSidecar: true,
  },
  {
    // apache/apisix, apisix/plugins/opentelemetry.lua and zipkin.lua: the service is APISIX unless it is set.
    proxy: "apisix",
    component: /^apisix$/i,
    attributes: ["apisix.route_id", "apisix.route_name", "apisix.service_id", "apisix.service_name"],
    service: /^apisix$/i,
    name: /^apisix\.(phase|request|proxy|response|response_span)\b/,
  },
  {
    // caddyserver/caddy, modules/caddyhttp/tracing/tracer.go.
    proxy: "caddy",
    resource: { key: "webengine.name", value: "caddy" },
    service: /^(unknown_service:)?caddy$/i,
  },
  {
    // krakend/krakend-otel: every span says in which stage of the gateway it was made.
    proxy: "krakend",
    scope: /krakend-otel/,
    attributes: ["krakend.stage"],
    service: /^krakend$/i,
  },
  {
    // TykTechnologies/opentelemetry, semconv; the service is tyk-gateway unless it is set.
    proxy: "tyk",
    attributes: ["tyk.api.id", "tyk.api.name", "tyk.gw.id"],
    service: /^tyk-gateway$/i,
  },
  {
    // Gravitee APIM's default service name.
    proxy: "gravitee",
    service: /^gio[_-]apim[_-]gateway$/i,
  },
  {
    // zalando/skipper, proxy/tracing.go and proxy.go.
    proxy: "skipper",
    component: /^skipper$/i,
    attributes: ["skipper.route_id"],
    service: /^skipper(-ingress)?$/i,
  },
  {
    // dapr/dapr, pkg/diagnostics/tracing.go. Its service.name is the application's id.
    proxy: "dapr",
    scope: /^dapr-diagnostics$/,
    attributes: ["dapr.api", "dapr.protocol", "dapr.invoke_method"],
    isSidecar: true,
  },
  {
    // agentgateway/agentgateway, crates/agentgateway/src/telemetry/trc.rs: the service is agentgateway unless it is set.
    proxy: "agentgateway",
    scope: /^agentgateway$/,
    service: /^agentgateway$/,
  },
  {
    // envoyproxy/ai-gateway, internal/tracing: the spans of its external processor; those of its Envoy are Envoy's.
    proxy: "envoy-ai-gateway",
    scope: /^envoyproxy\/ai-gateway$/,
  },
  {
    // BerriAI/litellm, litellm/integrations/opentelemetry.py. Its scope is that of the library too, which applications use.
    proxy: "litellm",
    name: /^Received Proxy Server Request$/,
  },
  {
    // microsoft/reverse-proxy, src/ReverseProxy/Utilities/Observability.cs.
    proxy: "yarp",
    // Its span stands between the SERVER span of ASP.NET Core and the CLIENT span of .NET's HttpClient.
    scope: /^Yarp\.ReverseProxy$/,
    isLibrary: true,
  },
];

const namesOf = (which: (it: Product) => boolean | undefined): ReadonlySet<string> =>
  new Set(products.filter(which).map((it) => it.proxy));

/** The names of those that also run as a sidecar. */
export const sidecarProducts = namesOf((it) => it.isSidecar);

/** The names of those that stand in front of several workloads, and work for none of them. */
export const gatewayProducts = namesOf((it) => !it.isSidecar);

/** The names of those that are libraries. */
export const proxyLibraries = namesOf((it) => it.isLibrary);
