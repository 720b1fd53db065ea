import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { ComposeText, Topology } from "./topology.ts";
import { serviceBlock, topologyOf } from "./topology.ts";

const file = (text: string, path = "/mesh/compose.yaml"): ComposeText => ({ path, text });
const edges = ({ edges: all }: Topology) =>
  all.map((it) => `${it.from} > ${it.to}${it.telemetry ? " (telemetry)" : ""}`);
const none = () => undefined;

suite("how the parts of a mesh hang together", () => {
  const mesh = file(`
x-envoy: &envoy
  image: envoyproxy/envoy:v1.40.0
services:
  door:
    <<: *envoy
    volumes: ["./door.yaml:/etc/envoy/envoy.yaml:ro", "./key.pem:/key.pem:ro", "data:/data"]
    ports: ["127.0.0.1:\${DOOR:-80}:8080/tcp"]
  shop:
    image: shop
    expose: ["81"]
    environment: { STORE: "http://store:5432/x", NAMES: "door,shop", OTEL_EXPORTER_OTLP_ENDPOINT: "http://\${SINK:-sink}:4317", OTEL_SERVICE_NAME: the-shop }
  store: { image: postgres }
  sink: { image: otel/opentelemetry-collector-contrib }
  once: { image: shop, profiles: [load], depends_on: [door, gone] }
`);
  const doorFile = "clusters:\n  - address: shop # store:99\n  - domains: [store, 'sink:*']\n";
  const read = (path: string) => (path === "/mesh/door.yaml" ? doorFile : undefined);

  test("edges are what settings and files name with a port, or as an address", () => {
    assert.deepEqual(edges(topologyOf([mesh], {}, read)), [
      "door > shop",
      "shop > store",
      "shop > sink (telemetry)",
      "once > door",
    ]);
  });

  test("a variable leads elsewhere", () => {
    assert.deepEqual(edges(topologyOf([mesh], { SINK: "elsewhere" }, none)), ["shop > store", "once > door"]);
  });

  test("a proxy before one application stands beside it", () => {
    const { parts } = topologyOf([mesh], {}, read);
    const [door, shop, , sink, once] = parts;
    assert.deepEqual(door, {
      name: "door",
      role: "proxy",
      serviceName: "door",
      workload: "shop",
      profiles: [],
      ports: [8080],
      files: ["/mesh/door.yaml"],
    });
    assert.deepEqual([shop?.role, shop?.serviceName, shop?.ports], ["app", "the-shop", [81]]);
    assert.deepEqual([sink?.role, once?.profiles], ["telemetry", ["load"]]);
  });

  test("later files change and add", () => {
    const more = file(
      "services:\n  door:\n    volumes: [{ type: bind, source: ./other.yaml, target: /etc/envoy/envoy.yaml }]\n  shop: { environment: [STORE=http://door:8080] }\n",
      "/mesh/more.yaml",
    );
    const topology = topologyOf([mesh, more], {}, read);
    assert.deepEqual(topology.parts[0]?.files, ["/mesh/other.yaml"]);
    assert.ok(edges(topology).includes("shop > door"));
    assert.ok(!edges(topology).includes("shop > store"));
  });

  test("nothing, or what is no compose file, has no parts", () => {
    for (const text of ["", "null", "services:", "services: {}"]) {
      assert.deepEqual(topologyOf([file(text)], {}, none), { parts: [], edges: [] }, text);
    }
  });
});

suite("the block of a service", () => {
  const text =
    "# all\n\nservices:\n  # The first.\n  a:\n    image: x\n\n    # inside\n    command: y\n\n  # The second.\n  # Really.\n  b: { image: z }\nvolumes: {}\n";

  test("has the comment above it, and nothing of the next", () => {
    assert.deepEqual(serviceBlock(text, "a"), {
      firstLine: 4,
      text: "  # The first.\n  a:\n    image: x\n\n    # inside\n    command: y\n",
    });
    assert.deepEqual(serviceBlock(text, "b"), {
      firstLine: 11,
      text: "  # The second.\n  # Really.\n  b: { image: z }\n",
    });
  });

  test("is absent where the file has none", () => {
    for (const it of ["c", "services", "__proto__"]) assert.equal(serviceBlock(text, it), undefined);
    assert.equal(serviceBlock("", "a"), undefined);
  });
});
