import type { Span, TraceIndex } from "@envoy-mesh-lab/trace";
import { productOf } from "@envoy-mesh-lab/trace";

/** What a finding says about a proxy, in the terms and settings of the product that made the span. */
interface Advice {
  /** Why it makes one span for each request, and what to do. */
  oneSpan: { cause: string; remedy: string };
  /** How it is made to hand on its own span's context. */
  ownContext: string;
  /** How it is made to report spans. */
  report: string;
  /** By what it tries again. */
  retries: string;
  /** By what it gives a call up. */
  timeout: string;
  /** How it is made to follow its caller's decision on sampling. */
  sampling: string;
}

const allowIt =
  "allow this finding (--ignore kind.one-span-proxy, or findings.allow in a file of expectations)";

const anyProxy: Advice = {
  oneSpan: {
    cause: "this proxy makes one span for each request, or its other one was lost",
    remedy: `see whether it has a setting for a span of its call upstream; where it has none, ${allowIt}`,
  },
  ownContext: "let the proxy write its own span's context into traceparent before it sends the request on",
  report: "switch tracing on for that side of the proxy, and see that calls go through it",
  retries: "its retry policy",
  timeout: "its timeout for the upstream",
  sampling: "let the proxy follow the flag in its caller's traceparent (a parent-based sampler)",
};

const envoy: Advice = {
  oneSpan: {
    cause:
      "spawn_upstream_span is off in this proxy's tracing block (Envoy's default): an OUTBOUND listener then makes a CLIENT span, any other a SERVER span",
    remedy:
      "set spawn_upstream_span: true in the proxy's tracing block, so that its own time is separate from the network's and the peer's; else allow this finding",
  },
  ownContext: "set spawn_upstream_span: true in the proxy's tracing block",
  report: "give that listener a tracing block (provider, spawn_upstream_span: true)",
  timeout: "the route's timeout, max_stream_duration, or a stream's idle timeout",
  retries: "its retry policy (route or virtual host retry_policy, x-envoy-retry-on, x-envoy-retry-grpc-on)",
  sampling:
    "random_sampling 100 in the proxies behind the edge, x-request-id and traceparent passed on (from Envoy 1.39 on its own decision goes before the caller's flag; before, its OpenTelemetry tracer followed the flag)",
};

const istio: Advice = {
  ...envoy,
  oneSpan: {
    cause: "Istio's sidecars make one span for each request: CLIENT outbound, SERVER inbound",
    remedy: `Istio has no setting for it in sidecars, but an EnvoyFilter that sets spawn_upstream_span makes two spans; else ${allowIt}`,
  },
  report:
    "see the Telemetry resource for this workload (tracing, disableSpanReporting, randomSamplingPercentage), and that no annotation takes the port past the sidecar (excludeOutboundPorts)",
  timeout: "timeout of the VirtualService's route, or a stream's idle timeout",
  retries: "its retry policy (VirtualService http.retries; Istio retries twice unless it is told otherwise)",
  sampling:
    "randomSamplingPercentage in the Telemetry resource of the mesh, 100 behind the gateway, and no disableSpanReporting in between: that one leaves a hole, as the proxy's context is passed on all the same",
};

const advice: Readonly<Record<string, Advice>> = {
  envoy,
  istio,
  "istio-gateway": {
    ...istio,
    oneSpan: {
      cause: "Istio's gateways and waypoints make one span for each request before Istio 1.28",
      remedy: `take Istio 1.28 or later; in 1.26 and 1.27, set PILOT_SPAWN_UPSTREAM_SPAN_FOR_GATEWAY=true in istiod's environment; else ${allowIt}`,
    },
  },
  nginx: {
    oneSpan: {
      cause: "NGINX's tracing modules make one SERVER span for each request, and none for the call upstream",
      remedy: `NGINX has no setting for it: ${allowIt}`,
    },
    ownContext:
      "set otel_trace_context propagate (nginx-otel), opentelemetry_propagate on or opentracing_propagate_context in the location that proxies",
    report: "set otel_trace on, or the module's like, in the server and location that proxy",
    retries: "proxy_next_upstream",
    timeout: "proxy_read_timeout, or grpc_read_timeout",
    sampling: "otel_trace $otel_parent_sampled (nginx-otel), or a parent-based sampler of the module",
  },
  linkerd: {
    ...anyProxy,
    oneSpan: {
      cause: "Linkerd's proxies make one span for each request and direction, and none for the call upstream",
      remedy: `Linkerd has no setting for it: ${allowIt}`,
    },
    ownContext: "see that the proxy's tracing is on (linkerd-jaeger, config.linkerd.io/trace-collector)",
    report:
      "see that the workload's pods were injected after tracing was set up (config.linkerd.io/trace-collector)",
    timeout: "timeout.linkerd.io annotations, or timeout of a ServiceProfile's route",
    retries: "its retries (retry.linkerd.io annotations, or isRetryable of a ServiceProfile)",
    sampling:
      "the ingress decides: Linkerd's proxies make no decision of their own and add spans only to what comes sampled",
  },
  traefik: {
    ...anyProxy,
    oneSpan: {
      cause:
        "Traefik makes a SERVER span for the entry point and a CLIENT span for the service; one was lost or is off",
      remedy:
        "see observability.tracing of the entry point and router (Traefik 3), and that no sampler leaves out the CLIENT span",
    },
    retries: "its Retry middleware",
    timeout: "forwardingTimeouts of its serversTransport",
    sampling:
      "tracing.sampleRate 1.0: Traefik's sampler follows its caller, and decides only where there is none",
  },
  kong: {
    ...anyProxy,
    oneSpan: {
      cause:
        "Kong makes its CLIENT span (kong.balancer) only where tracing_instrumentations has balancer or all",
      remedy: "set tracing_instrumentations = all (or request,balancer) in kong.conf",
    },
    ownContext: "set propagation.inject of the opentelemetry plugin to w3c (before Kong 3.7: header_type)",
    report:
      "enable the opentelemetry plugin for the service or route, and tracing_instrumentations in kong.conf",
    retries: "retries of the Service (5 unless it is set)",
    timeout: "read_timeout of the Service, 60 s unless it is set",
    sampling: "tracing_sampling_rate, or sampling_rate of the opentelemetry plugin",
  },
  haproxy: {
    ...anyProxy,
    oneSpan: {
      cause: "HAProxy's filter makes the spans that its own configuration defines",
      remedy:
        "define a span for the server's side in the filter's configuration, and inject its context there; else allow this finding",
    },
    ownContext: "set inject in the span of the filter's configuration whose context is to go upstream",
    retries: "retries, retry-on and option redispatch of the backend",
    timeout: "timeout server of the backend",
  },
  apisix: {
    ...anyProxy,
    oneSpan: {
      cause:
        "APISIX's opentelemetry plugin makes one SERVER span for each request, and none for the call upstream",
      remedy: `APISIX has no setting for it: ${allowIt}`,
    },
    retries: "retries of the Upstream",
    timeout: "timeout.read of the Route or Upstream, 60 s unless it is set",
    sampling: "sampler.name parent_base in the opentelemetry plugin",
  },
  caddy: {
    ...anyProxy,
    oneSpan: {
      cause: "Caddy's tracing handler makes one SERVER span for each request, and none for the call upstream",
      remedy: `Caddy has no setting for it: ${allowIt}`,
    },
    ownContext: "put the tracing directive before reverse_proxy",
    report: "add the tracing directive to the site or route",
    retries: "lb_retries and lb_try_duration of reverse_proxy",
    timeout: "response_header_timeout of reverse_proxy's transport",
  },
  dapr: {
    ...anyProxy,
    oneSpan: {
      cause: "Dapr's sidecars make one span for each API call",
      remedy: `Dapr has no setting for it: ${allowIt}`,
    },
    retries: "its resiliency policy",
    timeout: "timeouts of its resiliency policy",
    sampling: "tracing.samplingRate of the Configuration, which is for traces that begin there",
  },
};

/** What to say of the proxy that made a span. */
export function adviceAt(index: TraceIndex, i: number): Advice {
  return advice[productOf(index.spans[i] as Span, index.who[i]?.proxy) ?? ""] ?? anyProxy;
}
