import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { findUnsupported, honouredKeys, ignoredKeys } from "./support.ts";

function refused(service: Record<string, unknown>, top: Record<string, unknown> = {}): string[] {
  return findUnsupported({ name: "p", services: { a: service }, ...top }).map(({ path }) => path.join("."));
}

suite("findUnsupported", () => {
  test("takes what is honoured or ignored", () => {
    const service = {
      image: "x",
      build: { context: "." },
      command: ["x"],
      environment: { A: "1" },
      read_only: true,
      cap_drop: ["ALL"],
      privileged: false,
      networks: { default: null },
      deploy: { resources: { limits: { memory: "1" } }, replicas: 1 },
      scale: 1,
      ports: [{ target: 80, published: "80", protocol: "tcp" }],
      expose: ["80", "81/tcp"],
      volumes: [
        { type: "bind", source: "/a", target: "/b" },
        { type: "volume", source: "d", target: "/d", volume: {} },
      ],
      "x-anything": 1,
    };
    const top = {
      "x-common": 1,
      networks: { default: { name: "p_default" } },
      volumes: { d: { name: "p_d" } },
    };
    assert.deepEqual(refused(service, top), []);
  });

  test("refuses by name what only a container can do", () => {
    for (const key of [
      "network_mode",
      "privileged",
      "devices",
      "pid",
      "ipc",
      "secrets",
      "configs",
      "cap_add",
      "extra_hosts",
      "dns",
      "links",
      "sysctls",
      "volumes_from",
      "post_start",
      "a_key_of_the_future",
    ]) {
      assert.deepEqual(refused({ [key]: key === "privileged" ? true : ["x"] }), [`services.a.${key}`]);
    }
  });

  test("refuses parts of a setting", () => {
    assert.deepEqual(
      refused({ deploy: { replicas: 2, resources: {}, restart_policy: { condition: "any" } } }),
      ["services.a.deploy.replicas", "services.a.deploy.restart_policy"],
    );
    assert.deepEqual(refused({ scale: 2 }), ["services.a.scale"]);
    assert.deepEqual(refused({ networks: { default: { aliases: ["b"] } } }), ["services.a.networks.default"]);
    assert.deepEqual(refused({ networks: { back: null } }), ["services.a.networks.back"]);
    assert.deepEqual(refused({ ports: [{ target: 53, protocol: "udp" }], expose: ["53/udp"] }), [
      "services.a.ports.0",
      "services.a.expose.0",
    ]);
    assert.deepEqual(refused({ ports: [{ target: 80, published: "8000-8010", protocol: "tcp" }] }), [
      "services.a.ports.0",
    ]);
    assert.deepEqual(refused({ volumes: [{ type: "tmpfs", target: "/t" }] }), ["services.a.volumes.0.type"]);
    assert.deepEqual(
      refused({ volumes: [{ type: "volume", source: "d", target: "/t", volume: { subpath: "x" } }] }),
      ["services.a.volumes.0.volume.subpath"],
    );
  });

  test("refuses top-level settings", () => {
    assert.deepEqual(refused({}, { secrets: { s: { file: "x" } } }), ["secrets"]);
    assert.deepEqual(refused({}, { networks: { back: {} } }), ["networks.back"]);
    assert.deepEqual(refused({}, { volumes: { d: { name: "d", external: true } } }), ["volumes.d.external"]);
    assert.deepEqual(refused({}, { volumes: { d: { driver: "nfs" } } }), ["volumes.d.driver"]);
  });

  test("has each key in one list only, and a reason for each that is ignored", () => {
    assert.deepEqual(
      [...honouredKeys].filter((key) => ignoredKeys.has(key)),
      [],
    );
    assert.deepEqual(
      [...ignoredKeys.values()].filter((reason) => reason === ""),
      [],
    );
  });
});
