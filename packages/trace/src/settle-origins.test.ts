import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { drawnTrace } from "../testing/drawn-trace.ts";
import { originsOf } from "./origins.ts";
import { serviceOf } from "./service-name.ts";

/** Who made each span of a drawing, in its order: "app shop", "envoy inbound edge". */
function who(drawing: string): string[] {
  const trace = drawnTrace(drawing);
  const origins = originsOf(trace);
  return trace.spans.map((span) => {
    const { role, proxy, direction } = origins(span);
    return [role === "app" ? "app" : (proxy ?? "proxy"), direction, serviceOf(span)]
      .filter(Boolean)
      .join(" ");
  });
}

suite("one proxy is one party with one direction", () => {
  test("a plain Envoy between two applications: the name of the one half tells for both", () => {
    assert.deepEqual(
      who(`
        shop CLIENT 0-100
          edge SERVER 1-99 scope= component=proxy name=ingress
            edge CLIENT 2-98 scope= component=proxy name=router+stock+egress
              stock SERVER 3-97`),
      ["app shop", "envoy inbound edge", "envoy inbound edge", "app stock"],
    );
  });

  test("an Envoy whose upstream is dead", () => {
    assert.deepEqual(
      who(`
        edge SERVER 0-10 scope= component=proxy name=ingress response_flags=UF
          edge CLIENT 1-9 scope= component=proxy name=router+stock+egress response_flags=UF`),
      ["envoy inbound edge", "envoy inbound edge"],
    );
  });

  test("an outbound Envoy names its spans by the host that is asked for", () => {
    assert.deepEqual(
      who(`
        shop CLIENT 0-100
          mesh SERVER 1-99 scope= component=proxy name=egress+stock.local
            mesh CLIENT 2-98 scope= component=proxy name=router+stock+egress
              stock SERVER 3-97`).slice(1, 3),
      ["envoy outbound mesh", "envoy outbound mesh"],
    );
  });

  test("a side call belongs to the proxy that makes it, whatever its cluster is named", () => {
    assert.deepEqual(
      who(`
        api SERVER 0-100 scope=envoy upstream_cluster=inbound|80||
          api CLIENT 1-9 scope=envoy upstream_cluster=outbound|9191||authz.ns name=async+authz+egress
            authz SERVER 2-8
          api CLIENT 10-99 scope=envoy name=router+api+egress
            api SERVER 11-98`),
      ["envoy inbound api", "envoy inbound api", "app authz", "envoy inbound api", "app api"],
    );
  });

  test("Consul: the sidecar has its workload's name", () => {
    assert.deepEqual(
      who(`
        web SERVER 0-100
          web CLIENT 1-99
            web SERVER 2-98 scope=envoy name=egress+api.virtual.consul
              web CLIENT 3-97 scope=envoy upstream_cluster=api.default.dc1.internal.0af7.consul
                api SERVER 4-96 scope=envoy name=ingress
                  api CLIENT 5-95 scope=envoy upstream_cluster=local_app
                    api SERVER 6-94`),
      [
        "app web",
        "app web",
        "envoy outbound web",
        "envoy outbound web",
        "envoy inbound api",
        "envoy inbound api",
        "app api",
      ],
    );
  });

  test("Consul: a gateway at the way in looks inbound, though it asks what sidecars ask outbound", () => {
    const web = "upstream_cluster=web.default.dc1.internal.0af7.consul";
    const passed = (service: string, name: string) =>
      who(`
        ${service} SERVER 0-100 scope=envoy name=${name} ${web}
          ${service} CLIENT 1-99 scope=envoy name=router+web+egress ${web}
            web SERVER 2-98 scope=envoy name=ingress
              web CLIENT 3-97 scope=envoy upstream_cluster=local_app
                web SERVER 4-96`).slice(0, 2);
    const inbound = (it: string) => [`envoy inbound ${it}`, `envoy inbound ${it}`];
    assert.deepEqual(passed("api-gateway", "ingress"), inbound("api-gateway"));
    assert.deepEqual(passed("shop-ingress-gateway", "egress+web"), inbound("shop-ingress-gateway"));
    const out = "envoy outbound terminating-gateway";
    assert.deepEqual(passed("terminating-gateway", "egress+web"), [out, out]);
  });

  test("Traefik 3 with a middleware, below which the call is far away", () => {
    const traefik = "scope=github.com/traefik/traefik";
    assert.deepEqual(
      who(`
        front SERVER 0-100 ${traefik} name=EntryPoint
          front INTERNAL 1-99 ${traefik} name=Router
            front INTERNAL 2-98 ${traefik} name=BasicAuth
              front INTERNAL 3-97 ${traefik} name=RateLimiter
                front INTERNAL 4-96 ${traefik} name=Service
                  front CLIENT 5-95 ${traefik} name=ReverseProxy
                    stock SERVER 6-94`),
      [...Array<string>(6).fill("traefik inbound front"), "app stock"],
    );
  });

  test("what nginx does in Lua, where its library says no kind", () => {
    const drawing = (component: string) => `
        front UNSPECIFIED 0-100 scope= component=${component}
          front UNSPECIFIED 5-95 scope= component=${component}
            front UNSPECIFIED 10-90 scope= name=compose_post_client
              front UNSPECIFIED 11-12 scope= name=dns
              posts UNSPECIFIED 15-85 scope= name=compose_post_server`;
    const nginx = "nginx inbound front";
    assert.deepEqual(who(drawing("nginx")), [nginx, nginx, nginx, nginx, "app posts"]);
    // Envoy makes no such spans.
    assert.deepEqual(who(drawing("proxy")).slice(2), ["app front", "app front", "app posts"]);
  });

  test("the steps inside of a proxy that do not say whose they are", () => {
    assert.deepEqual(
      who(`
        gate SERVER 0-100 scope=opentelemetry-lua apisix.route_id=1
          gate INTERNAL 1-5 scope=opentelemetry-lua name=http_router_match
            gate INTERNAL 2-4 scope=opentelemetry-lua name=sni_match
          stock SERVER 6-94`),
      ["apisix inbound gate", "apisix inbound gate", "apisix inbound gate", "app stock"],
    );
  });

  test("YARP, a library in an ASP.NET Core process", () => {
    assert.deepEqual(
      who(`
        gate SERVER 0-100 scope=Microsoft.AspNetCore
          gate INTERNAL 1-99 scope=Yarp.ReverseProxy
            gate CLIENT 2-98 scope=System.Net.Http
              stock SERVER 3-97 scope=Microsoft.AspNetCore`),
      ["yarp inbound gate", "yarp inbound gate", "yarp inbound gate", "app stock"],
    );
  });

  test("an application below a proxy of its own name stays one", () => {
    assert.deepEqual(
      who(`
        api SERVER 0-100 scope= component=proxy name=ingress
          api INTERNAL 1-99 scope=`),
      ["envoy inbound api", "app api"],
    );
  });
});

test("a sidecar that is named ingress by default is outbound where its own application is above it", () => {
  const envoy = "scope=envoy name=ingress";
  assert.deepEqual(
    who(`
      shop CLIENT 0-100
        shop-proxy SERVER 1-99 ${envoy}
          shop-proxy CLIENT 2-98 scope=envoy name=router+stock+egress
            stock-proxy SERVER 3-97 ${envoy}
              stock-proxy CLIENT 4-96 scope=envoy name=router+stock+egress
                stock SERVER 5-95`).slice(1, -1),
    [
      "envoy outbound shop-proxy",
      "envoy outbound shop-proxy",
      "envoy inbound stock-proxy",
      "envoy inbound stock-proxy",
    ],
  );
});

suite("what is not one passage through a proxy", () => {
  test("what comes in and what goes out of a workload without spans, through a sidecar that makes one span each", () => {
    assert.deepEqual(
      who(`
        mesh SERVER 0-100 scope=envoy upstream_cluster=inbound|80||
          mesh CLIENT 1-99 scope=envoy upstream_cluster=outbound|80||stock`),
      ["envoy inbound mesh", "envoy outbound mesh"],
    );
  });

  test("two proxies of one name, one behind the other", () => {
    assert.deepEqual(
      who(`
        shop CLIENT 0-100
          envoy CLIENT 1-99 scope=envoy name=egress+stock
            envoy SERVER 2-98 scope=envoy name=ingress
              stock SERVER 3-97`).slice(1, 3),
      ["envoy outbound envoy", "envoy inbound envoy"],
    );
  });

  test("two instances that say which they are", () => {
    assert.deepEqual(
      who(`
        shop CLIENT 0-100
          linkerd-proxy CLIENT 1-99 scope= resource.k8s.pod.name=shop-1
            linkerd-proxy CLIENT 2-98 scope= resource.k8s.pod.name=stock-1
              stock SERVER 3-97`),
      ["app shop", "linkerd outbound linkerd-proxy", "linkerd inbound linkerd-proxy", "app stock"],
    );
  });
});

test("meshes name their clusters after the direction", () => {
  const of = (cluster: string) => who(`mesh CLIENT 0-1 scope=envoy upstream_cluster=${cluster}`)[0];
  for (const cluster of [
    "inbound-vip|80|http|stock.ns.svc",
    "local_app",
    "cds_ingress_m_v_80_http",
    "ns/stock|80|local",
  ]) {
    assert.equal(of(cluster), "envoy inbound mesh", cluster);
  }
  for (const cluster of ["cds_egress_m_v_80", "PassthroughCluster", "a.default.dc1.internal.1f.consul"]) {
    assert.equal(of(cluster), "envoy outbound mesh", cluster);
  }
  assert.equal(of("stock"), "envoy mesh");
});

suite("sidecars that all have one name", () => {
  const drawing = `
    web SERVER 0-100
      web CLIENT 1-99
        linkerd-proxy CLIENT 2-98
          linkerd-proxy SERVER 3-97
            pay SERVER 4-96`;

  test("each works for the application on its inner side", () => {
    const trace = drawnTrace(drawing);
    const origins = originsOf(trace);
    assert.deepEqual(
      trace.spans.slice(2, 4).map((it) => [origins(it).direction, origins(it).workload]),
      [
        ["outbound", "web"],
        ["inbound", "pay"],
      ],
    );
  });

  test("a gateway that an application calls before the callee's sidecar is not the caller's own", () => {
    assert.deepEqual(
      who(`
        web CLIENT 0-100
          front SERVER 1-99 scope=nginx
            pay-proxy SERVER 2-98 scope=envoy upstream_cluster=local_app
              pay SERVER 3-97`),
      ["app web", "nginx front", "envoy inbound pay-proxy", "app pay"],
    );
  });
});
