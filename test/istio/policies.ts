import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClusterMesh } from "../kubernetes/cluster.ts";
import { output } from "../kubernetes/cluster.ts";
import { reaches, startStranger } from "../kubernetes/reach.ts";
import { startKubeRouter } from "../kubernetes/start-kube-router.ts";
import { until } from "../until.ts";

/**
 * The overlay's NetworkPolicies, once somebody enforces them; from then on they are in force on that node.
 *
 * @param host the mesh whose node it is.
 * @param mesh the one in Istio, which runs.
 */
export function testPolicies(host: ClusterMesh, mesh: ClusterMesh): void {
  test("network policies let each hop and istiod through, and nothing else", async (t) => {
    if ((await output("ipset", ["--version"])).code !== 0) return t.skip("there is no ipset");
    await startStranger(host);
    const reach = (name: string, port: number) => reaches(host, ["stranger"], mesh.name, name, port);
    const denied: [string, number][] = [
      ["gateway", 8081],
      ["backend", 8082],
      ["otel-collector", 4317],
    ];
    for (const it of denied) assert.equal(await reach(...it), true, it.join(":"));
    await startKubeRouter(host.node);
    const isClosed = async () => !(await reach("gateway", 8081));
    assert.equal(await until(isClosed, (it) => it, 60_000, 1000), true);
    for (const it of denied) assert.equal(await reach(...it), false, it.join(":"));
    assert.equal(await reach("edge", 8080), true);
    // A new sidecar gets its certificate and its configuration from istiod only now.
    for (const it of ["gateway", "backend", "edge"].map((name) => `deployment/${name}`)) {
      await host.kubectl("rollout", "restart", "-n", mesh.name, it);
      await host.kubectl("rollout", "status", "-n", mesh.name, it, "--timeout=170s");
    }
    const made = await mesh.lab("call", "--json");
    assert.equal(made.code, 0, made.stderr);
    const { code, stdout } = await mesh.lab("check", JSON.parse(made.stdout).traceId);
    assert.equal(code, 0, stdout);
    await host.kubectl("delete", "pod", "stranger", "--now");
  });
}
