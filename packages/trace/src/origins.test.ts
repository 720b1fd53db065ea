import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { makeSpan, makeTrace } from "../testing/fixtures.ts";
import type { Attributes, Span } from "./model.ts";
import type { Origin } from "./origins.ts";
import { originsOf } from "./origins.ts";
import { parseProxyRule } from "./proxy-rule.ts";

const alone = (span: Partial<Span>, service = "shop"): Origin => {
  const made = makeSpan({ spanId: "a", scope: { name: "" }, service, ...span });
  return originsOf(makeTrace(made))(made);
};

suite("which spans are a proxy's", () => {
  const cases: [string, Partial<Span>, string | undefined, string?][] = [
    ["nothing", {}, undefined],
    ["an application's scope", { scope: { name: "@opentelemetry/instrumentation-http" } }, undefined],
    ["Envoy's scope", { scope: { name: "envoy" } }, "envoy"],
    ["Envoy's component", { attributes: { component: "proxy" } }, "envoy"],
    ["Envoy's attributes", { attributes: { upstream_cluster: "shop", response_flags: "-" } }, "envoy"],
    ["Envoy's request id", { attributes: { "guid:x-request-id": "1" } }, "envoy"],
    ["Istio's mesh", { attributes: { "istio.mesh_id": "cluster.local" } }, "envoy"],
    [
      "Istio's node",
      { attributes: { node_id: "sidecar~10.1.1.1~shop-v1-7b4dbf9c75-mhx4r.default~x" } },
      "envoy",
    ],
    ["another node_id", { attributes: { node_id: "rack-7" } }, undefined],
    ["Envoy's name of a try", { name: "router shop egress" }, "envoy"],
    ["a name that anybody could have", { name: "egress" }, undefined],
    ["another component", { attributes: { component: "net/http" } }, undefined],
    ["NGINX's scope", { scope: { name: "nginx" } }, "nginx"],
    ["NGINX's component", { attributes: { component: "nginx" } }, "nginx"],
    ["NGINX by its service", {}, "nginx", "unknown_service:nginx"],
    ["HAProxy's scope", { scope: { name: "haproxy-otel" } }, "haproxy"],
    ["HAProxy by its service", {}, "haproxy", "haproxy"],
    ["Traefik's scope", { scope: { name: "github.com/traefik/traefik" } }, "traefik"],
    ["Kong's scope", { scope: { name: "kong-internal" } }, "kong"],
    ["Linkerd by its service", {}, "linkerd", "linkerd-proxy"],
    ["ingress-nginx by its service", {}, "nginx", "ingress-nginx-controller"],
    ["Traefik 2's name", { name: "EntryPoint web" }, "traefik"],
    ["a middleware of Traefik's", { attributes: { "traefik.middleware.name": "auth@file" } }, "traefik"],
    ["Kong's Zipkin plugin", { attributes: { "kong.node.id": "1" } }, "kong"],
    ["APISIX's route", { attributes: { "apisix.route_id": "1" } }, "apisix"],
    ["APISIX by its service", {}, "apisix", "APISIX"],
    ["Caddy's resource", { resource: { "service.name": "front", "webengine.name": "Caddy" } }, "caddy"],
    ["another web engine", { resource: { "webengine.name": "WildFly" } }, undefined],
    ["KrakenD's stage", { attributes: { "krakend.stage": "proxy" } }, "krakend"],
    ["Tyk's API", { attributes: { "tyk.api.id": "1" } }, "tyk"],
    ["Skipper's component", { attributes: { component: "skipper" } }, "skipper"],
    ["Dapr's scope", { scope: { name: "dapr-diagnostics" } }, "dapr"],
    ["agentgateway's scope", { scope: { name: "agentgateway" } }, "agentgateway"],
    ["Envoy AI Gateway's scope", { scope: { name: "envoyproxy/ai-gateway" } }, "envoy-ai-gateway"],
    ["LiteLLM's name", { name: "Received Proxy Server Request" }, "litellm"],
    ["LiteLLM as a library of an application", { scope: { name: "litellm" } }, undefined],
    ["YARP's scope", { scope: { name: "Yarp.ReverseProxy" } }, "yarp"],
  ];
  for (const [name, span, proxy, service] of cases) {
    test(name, () => {
      const origin = alone(span, service);
      assert.equal(origin.role, proxy === undefined ? "app" : "proxy");
      assert.equal(origin.proxy, proxy);
      assert.ok(origin.evidence.length > 0);
    });
  }

  test("a rule of the user's wins, and says so", () => {
    const made = makeSpan({ spanId: "a", service: "till-front", scope: { name: "" } });
    const { role, evidence } = originsOf(makeTrace(made), [parseProxyRule("service.name=~-front$")])(made);
    assert.equal(role, "proxy");
    assert.deepEqual(evidence.slice(0, 1), ["your rule service.name=~-front$"]);
  });
});

suite("which way a proxy looks, and for which workload", () => {
  const place = (attributes: Attributes, span: Partial<Span> = {}) => {
    const { direction, workload } = alone({ attributes: { component: "proxy", ...attributes }, ...span });
    return [direction, workload];
  };
  const pod = "sidecar~10.244.0.25~productpage-v1-6f89b6c557-sg2bc.bookinfo~bookinfo.svc.cluster.local";

  test("Istio's clusters and canonical service", () => {
    const inbound = { upstream_cluster: "inbound|9080||", "istio.canonical_service": "reviews" };
    assert.deepEqual(place(inbound), ["inbound", "reviews"]);
    const outbound = { upstream_cluster: "outbound|9080||ratings.default.svc.cluster.local", node_id: pod };
    assert.deepEqual(place(outbound), ["outbound", "productpage-v1"]);
  });

  test("one span a hop: SERVER comes in, CLIENT goes out", () => {
    assert.deepEqual(place({ node_id: pod }, { kind: "server" }), ["inbound", "productpage-v1"]);
    assert.deepEqual(place({ node_id: pod }, { kind: "client" }), ["outbound", "productpage-v1"]);
  });

  test("Envoy's own names for the direction", () => {
    assert.equal(place({}, { name: "ingress" })[0], "inbound");
    assert.equal(place({}, { name: "egress" })[0], "outbound");
  });

  test("what the spans do not say is told by those around them", () => {
    const proxy = (spanId: string, parentSpanId: string | undefined, kind: "server" | "client") =>
      makeSpan({
        spanId,
        ...(parentSpanId ? { parentSpanId } : {}),
        kind,
        service: "shop-proxy",
        scope: { name: "envoy" },
      });
    const app = (spanId: string, parentSpanId: string, kind: "server" | "client") =>
      makeSpan({ spanId, parentSpanId, kind, service: "shop", scope: { name: "" } });
    const spans = [
      proxy("a", undefined, "server"),
      proxy("b", "a", "client"),
      app("c", "b", "server"),
      app("d", "c", "client"),
      proxy("e", "d", "server"),
      proxy("f", "e", "client"),
    ];
    for (const order of [spans, spans.toReversed()]) {
      const origins = originsOf(makeTrace(...order));
      const told = Object.fromEntries(
        order.map((it) => [it.spanId, [origins(it).direction, origins(it).workload]]),
      );
      assert.deepEqual(told, {
        a: ["inbound", "shop"],
        b: ["inbound", "shop"],
        c: [undefined, "shop"],
        d: [undefined, "shop"],
        e: ["outbound", "shop"],
        f: ["outbound", "shop"],
      });
    }
  });
});

suite("rules of the user's own", () => {
  const span = makeSpan({ spanId: "a", name: "GET", service: "shop", attributes: { port: 80 } });
  const cases: [string, boolean][] = [
    ["service.name=shop", true],
    ["service.name=sho", false],
    ["service.name=~^s", true],
    ["service.name!=shop", false],
    ["port=80", true],
    ["name=GET", true],
    ["missing=~.", false],
    ["missing!=x", true],
    [" name =~ G.T", true],
  ];
  for (const [text, matches] of cases) {
    test(text, () => assert.equal(parseProxyRule(text).matches(span), matches));
  }
  for (const text of ["", "name", "=x", "name=~(", "a~b"]) {
    test(`"${text}" is no rule`, () => {
      assert.throws(() => parseProxyRule(text), { name: "LabError", exitCode: 2, message: /--proxy/ });
    });
  }
});
