import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../until.ts";
import type { ClusterMesh } from "./cluster.ts";

const zones = ["a", "b", "c"];
const name = "spread";

/**
 * Has the real scheduler place the pods of the mesh on nodes of three zones, two in each. The nodes are words of the API server only, so
 * nothing runs there: where a pod is to run is the scheduler's answer.
 */
export async function testSpread(mesh: ClusterMesh): Promise<void> {
  const nodes = zones.flatMap((zone) => [nodeOf(zone, 1), nodeOf(zone, 2)]);
  const rendered = await mesh.kubectl("kustomize", "kubernetes/base");
  const file = join(mesh.scratch, "spread.yaml");
  writeFileSync(file, rendered.replaceAll("namespace: envoy-mesh-lab", `namespace: ${name}`));
  try {
    await mesh.kubectl("cordon", "lab");
    await mesh.kubectl("create", "namespace", name);
    for (const it of nodes) {
      const own = join(mesh.scratch, "node.json");
      writeFileSync(own, JSON.stringify(it));
      await mesh.kubectl("create", "-f", own);
      await mesh.kubectl("patch", "node", it.metadata.name, "--subresource=status", "-p", JSON.stringify(it));
      // Put there until a node says that it is ready; it may be gone already.
      await mesh.tryKubectl("taint", "node", it.metadata.name, "node.kubernetes.io/not-ready-");
    }
    await mesh.kubectl("apply", "-f", file, "--selector=app.kubernetes.io/name in (edge, gateway, backend)");
    for (const it of ["edge", "gateway", "backend"]) {
      await mesh.kubectl("delete", "hpa", it, "-n", name);
      await mesh.kubectl("scale", `deployment/${it}`, "-n", name, "--replicas=6");
      const places = () =>
        mesh.kubectl(
          "get",
          "pods",
          "-n",
          name,
          "-l",
          `app.kubernetes.io/name=${it}`,
          "-o",
          "jsonpath={.items[*].spec.nodeName}",
        );
      const placed = await until(places, (text) => text.split(" ").length === 6);
      assert.deepEqual(placed.split(" ").sort(), nodes.map(({ metadata }) => metadata.name).sort(), it);
    }
  } finally {
    await mesh.tryKubectl("delete", "deployments,pods", "--all", "-n", name, "--force", "--grace-period=0");
    await mesh.tryKubectl("delete", "node", ...nodes.map(({ metadata }) => metadata.name));
    await mesh.tryKubectl("delete", "namespace", name);
    await mesh.kubectl("uncordon", "lab");
  }
}

function nodeOf(zone: string, number: number) {
  const own = `${zone}${number}`;
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: own,
      labels: {
        "topology.kubernetes.io/zone": zone,
        "kubernetes.io/hostname": own,
        "node.kubernetes.io/exclude-from-external-load-balancers": "true",
      },
    },
    status: {
      allocatable: { cpu: "8", memory: "16Gi", pods: "50" },
      capacity: { cpu: "8", memory: "16Gi", pods: "50" },
      conditions: [{ type: "Ready", status: "True" }],
    },
  };
}
