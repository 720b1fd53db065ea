import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { networkConfigSchema } from "../networks/network-config.ts";
import { planMesh } from "./plan.ts";
import { planInput } from "./testing/plan-input.ts";

/** A part that makes networks, one in one of them, one that is a proxy there, and one outside. */
const services = {
  network: {
    command: ["main.ts", "/etc/networks/networks.json"],
    expose: ["15900"],
    environment: { LISTEN_ADDRESS: "0.0.0.0:15900" },
    "x-native": {
      program: "node",
      ready: "http://network:15900/readyz",
      networks: {
        joint: "node",
        addresses: { node: "10.10.0.1", gateway: "10.10.0.11" },
        names: { backend: "10.96.0.12" },
        outside: ["collector:4317"],
      },
    },
  },
  gateway: {
    command: ["main.ts", "--listen", "0.0.0.0:8081"],
    expose: ["8081"],
    environment: { BACKEND_URL: "http://collector:4317", PROXY: '{"binaryPath":"/usr/local/bin/envoy"}' },
    "x-native": {
      program: "node",
      network: "gateway",
      ready: "http://gateway:8081/readyz",
      uses: { "/usr/local/bin/envoy": "envoy" },
    },
  },
  proxy: {
    command: ["proxy"],
    healthcheck: { test: ["CMD", "true"] },
    "x-native": { program: "envoy", network: "gateway", group: 1337 },
  },
  init: { command: ["rules"], cap_add: ["NET_ADMIN"], "x-native": { program: "node", network: "gateway" } },
  collector: { command: ["c.ts"], expose: ["4317"], "x-native": { program: "node" } },
};

function planned(changed: Record<string, unknown> = {}) {
  const { parts } = planMesh(planInput({ ...services, ...changed }, {}, 1000));
  return Object.fromEntries(parts.map((part) => [part.name, part]));
}

suite("a part in a network of its own", () => {
  test("keeps the names and ports of its files, and is asked from outside by the port that leads there", () => {
    const { gateway } = planned();
    assert.deepEqual(gateway?.argv.slice(1), ["main.ts", "--listen", "0.0.0.0:8081"]);
    assert.equal(gateway?.env.BACKEND_URL, "http://collector:4317");
    assert.deepEqual(gateway?.health?.probe, { kind: "http", url: "http://127.0.0.1:9081/readyz" });
  });

  test("finds programs where its settings say that they are", () => {
    assert.equal(planned().gateway?.env.PROXY, '{"binaryPath":"/bin/envoy"}');
    assert.throws(
      () =>
        planned({
          gateway: { ...services.gateway, "x-native": { program: "node", uses: { "/x": "nope" } } },
        }),
      /gateway: x-native.uses: there is no native program "nope"/,
    );
  });

  test("is entered with its names, and without capabilities unless it asks for some", () => {
    const { gateway, proxy, init } = planned();
    const way = gateway?.within ?? [];
    assert.ok(way.includes("--net=/run/netns/fixture.gateway"));
    assert.ok(way.includes("/state/config/networks/hosts"));
    assert.ok(way.includes("--bounding-set=-all"));
    assert.equal(way.includes("--regid=1337"), false);
    assert.ok(proxy?.within?.includes("--regid=1337"));
    assert.equal(init?.within?.includes("setpriv"), false);
  });

  test("has its health check run where it is", () => {
    const { proxy } = planned();
    assert.ok(proxy?.health?.probe.kind === "exec");
    assert.equal(proxy.health.probe.argv[0], "nsenter");
    assert.equal(proxy.health.probe.argv.at(-1), "true");
  });
});

suite("the part that makes networks", () => {
  const fileOf = (name: string) =>
    planned().network?.configs.find(({ path }) => path.endsWith(name))?.text ?? "";

  test("is said of every port that leads into one, and of those that lead out", () => {
    assert.deepEqual(networkConfigSchema.parse(JSON.parse(fileOf("networks.json"))), {
      project: "fixture",
      record: "/state/networks.json",
      joint: "node",
      networks: [
        { name: "node", address: "10.10.0.1" },
        { name: "gateway", address: "10.10.0.11" },
      ],
      inward: [{ host: 9081, network: "gateway", port: 8081 }],
      outward: [{ port: 4317, host: 5317 }],
    });
    assert.equal(planned().network?.argv.at(-1), "/state/config/networks/networks.json");
  });

  test("gives the names of what is outside the address of the joint network", () => {
    assert.deepEqual(fileOf("hosts").trim().split("\n"), [
      "127.0.0.1 localhost",
      "10.96.0.12 backend",
      "10.10.0.1 collector",
    ]);
  });

  test("is refused with a network that nobody has described, or a port that nobody has", () => {
    const { network, gateway } = services;
    const lost = { ...gateway, "x-native": { program: "node", network: "nowhere" } };
    assert.throws(() => planned({ gateway: lost }), /gateway runs in nowhere, which has no address/);
    const networks = { ...network["x-native"].networks, joint: "nobody", outside: ["collector:1"] };
    assert.throws(
      () => planned({ network: { ...network, "x-native": { ...network["x-native"], networks } } }),
      /joint: nobody has no address\n.*outside: collector declares no port 1/,
    );
  });
});
