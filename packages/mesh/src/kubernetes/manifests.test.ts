import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ExitCode } from "@envoy-mesh-lab/trace";
import { adapt, asList, idOf, readManifests, without } from "./manifests.ts";

const yaml = `
apiVersion: v1
kind: Namespace
metadata: { name: envoy-mesh-lab, labels: { a: b } }
---
apiVersion: v1
kind: PersistentVolume
metadata: { name: queue }
spec:
  claimRef: { namespace: envoy-mesh-lab, name: c }
  local: { path: /var/lib/envoy-mesh-lab/queue }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: edge, namespace: envoy-mesh-lab }
spec:
  env: [{ name: PAGE_ORIGIN, value: "http://127.0.0.1:8090" }, { name: OTHER, value: envoy-mesh-lab }]
`;
const mine = { namespace: "mine", pageOrigin: "http://127.0.0.1:9090" };

suite("manifests", () => {
  test("go into the mesh's own namespace, marked as the lab's", () => {
    const [namespace, volume, deployment] = adapt(readManifests(yaml), mine);
    assert.equal(namespace?.metadata.name, "mine");
    assert.deepEqual(namespace?.metadata.labels, {
      a: "b",
      "app.kubernetes.io/managed-by": "envoy-mesh-lab",
    });
    assert.deepEqual(volume?.spec, {
      claimRef: { namespace: "mine", name: "c" },
      local: { path: "/var/lib/envoy-mesh-lab/queue" },
    });
    assert.equal(deployment?.metadata.namespace, "mine");
    assert.deepEqual(deployment?.spec, {
      env: [
        { name: "PAGE_ORIGIN", value: "http://127.0.0.1:9090" },
        { name: "OTHER", value: "envoy-mesh-lab" },
      ],
    });
  });

  test("have their volumes in the mesh's folder, on a node of this machine", () => {
    const [, volume] = adapt(readManifests(yaml), { ...mine, volumes: "/v" });
    assert.deepEqual(volume?.spec, {
      claimRef: { namespace: "mine", name: "c" },
      local: { path: "/v/queue" },
    });
  });

  test("without a namespace, or with two, are refused", () => {
    const one = "apiVersion: v1\nkind: Service\nmetadata: { name: a }\n";
    assert.throws(() => readManifests(one), {
      exitCode: ExitCode.composeInvalid,
      message: "the manifests have 0 namespaces",
    });
    const namespace = "\n---\napiVersion: v1\nkind: Namespace\nmetadata: { name: a }\n";
    assert.throws(() => readManifests(one + namespace + namespace), /2 namespaces/);
  });

  test("are told apart by all that identifies them", () => {
    const ids = readManifests(yaml).map(idOf);
    assert.deepEqual(without(ids, []), ids);
    const moved = ids.map((it) => (it.namespace ? { ...it, namespace: "other" } : it));
    assert.deepEqual(without(ids, moved), [
      { apiVersion: "apps/v1", kind: "Deployment", name: "edge", namespace: "envoy-mesh-lab" },
    ]);
    assert.deepEqual(JSON.parse(asList(ids.slice(0, 1))).items, [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "envoy-mesh-lab" } },
    ]);
  });
});
