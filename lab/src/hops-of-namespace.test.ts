import assert from "node:assert/strict";
import { test } from "node:test";
import { expectedHopsIstioFile } from "@envoy-mesh-lab/bootstrap";
import { readExpected } from "@envoy-mesh-lab/check/node";
import { hopsOfNamespace } from "./hops-of-namespace.ts";

const services = (namespace: string) =>
  hopsOfNamespace(readExpected(expectedHopsIstioFile), namespace).hops.map(({ service }) => service);

test("Istio's Envoys have the namespace of the mesh in their names, and the services have not", () => {
  assert.deepEqual(
    [...new Set(services("demo"))],
    ["edge.demo", "gateway.demo", "gateway", "backend.demo", "backend"],
  );
  assert.deepEqual(
    services("envoy-mesh-lab"),
    readExpected(expectedHopsIstioFile).hops.map(({ service }) => service),
  );
});
