import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { call, createTransport } from "@envoy-mesh-lab/load";
import type { Span } from "@envoy-mesh-lab/trace";
import { originsOf, serviceOf } from "@envoy-mesh-lab/trace";
import { aRequest, edgeUrl, mesh, traceOf } from "./mesh.ts";

const trace = await traceOf(await call(createTransport("grpc", edgeUrl), aRequest()));
const origins = originsOf(trace);
const find = (service: string, kind: Span["kind"], direction?: string): Span => {
  const span = trace.spans.find(
    (it) => serviceOf(it) === service && it.kind === kind && origins(it).direction === direction,
  );
  assert.ok(span, `${service} ${kind}`);
  return span;
};

suite("the resource of every proxy span says which proxy of which workload it is", () => {
  const expected = {
    edge: { role: "edge", workload: undefined },
    "gateway-proxy": { role: "sidecar", workload: "gateway" },
    "backend-proxy": { role: "sidecar", workload: "backend" },
  };
  for (const [service, { role, workload }] of Object.entries(expected)) {
    test(service, () => {
      const spans = trace.spans.filter((it) => serviceOf(it) === service);
      assert.ok(spans.length >= 2);
      for (const span of spans) {
        assert.equal(span.resource["mesh.proxy.role"], role);
        assert.equal(span.resource["mesh.proxy.workload"], workload);
        assert.equal(origins(span).role, "proxy");
      }
    });
  }
});

suite("the Collector gives Envoy's attributes their current names and types, beside the old", () => {
  test("on the SERVER span", () => {
    const { attributes } = find("edge", "server", "inbound");
    assert.equal(attributes["http.method"], "POST", "the old name stays");
    assert.equal(attributes["http.status_code"], "200", "and is text");
    assert.equal(attributes["http.request.method"], "POST");
    assert.equal(attributes["http.response.status_code"], 200);
    assert.equal(attributes["url.path"], "/cafe.v1.CafeService/OrderDrink");
    assert.equal(attributes["url.full"], attributes["http.url"]);
    assert.equal(attributes["network.protocol.version"], "2");
    assert.equal(attributes["network.peer.address"], "127.0.0.1");
    assert.equal(typeof attributes["http.request.body.size"], "number");
    assert.deepEqual(attributes["http.request.header.x-request-id"], [attributes["guid:x-request-id"]]);
    assert.equal(attributes["rpc.status_code"], "OK");
  });

  test("on the CLIENT span", () => {
    const { attributes } = find("edge", "client", "inbound");
    assert.equal(attributes["http.response.status_code"], 200);
    assert.equal(attributes["network.peer.address"], "127.0.0.1");
    assert.equal(attributes["network.peer.port"], mesh.hostPort("gateway-proxy", 15006));
    assert.equal(attributes["envoy.upstream_cluster.name"], "gateway");
    assert.deepEqual(
      Object.keys(attributes).filter((it) => it.startsWith("peer_")),
      [],
      "nothing is left of the work in between",
    );
  });

  test("application spans stay as they are", () => {
    const { attributes } = find("backend", "server");
    assert.ok(!("http.response.status_code" in attributes));
    assert.equal(attributes["rpc.method"], "kitchen.v1.KitchenService/BrewDrink");
  });
});
