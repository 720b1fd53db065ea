import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { protocols } from "@envoy-mesh-lab/connections";
import { kinds } from "@envoy-mesh-lab/load";
import { until } from "../until.ts";
import { buildImages } from "./engine/images.ts";
import { Node } from "./engine/node.ts";
import { ensureKube, whyNoNode } from "./engine/programs.ts";

// The manifests of kubernetes/, on one node of a real Kubernetes.

const services = ["edge", "tempo-proxy"];
const env = {
  LAB_EDGE_URL: "http://edge:8080",
  LAB_TEMPO_URL: "http://tempo-proxy:3200",
  NO_COLOR: "1",
};
const namespace = ["-n", "envoy-mesh-lab"];
const scratch = mkdtempSync(join(tmpdir(), "lab-kubernetes-test-"));
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}

const why = await prepare();
if (typeof why === "string") {
  console.log(`The mesh was NOT tried on Kubernetes: ${why}`);
  test("the mesh on Kubernetes", { skip: why }, () => {});
} else {
  testMesh(why);
}

async function prepare(): Promise<Node | string> {
  const missing = whyNoNode();
  if (missing !== undefined) return missing;
  const programs = await ensureKube();
  const images = join(scratch, "images.tar");
  const reason = await buildImages(images, programs.coredns);
  if (reason !== undefined) return reason;
  const node = new Node(programs);
  await node.start(images);
  return node;
}

function testMesh(node: Node): void {
  const lab = (...args: string[]) => node.run(process.execPath, ["lab/main.ts", ...args], { services, env });
  const rollout = (workload: string) =>
    node.kubectl("rollout", "status", ...namespace, workload, "--timeout=170s");

  after(() => {
    const { folder } = node;
    node.stop();
    assert.equal(existsSync(folder), false);
    assert.equal(existsSync("/run/netns/envoy-mesh-lab-kubernetes"), false);
    assert.doesNotMatch(readFileSync("/proc/mounts", "utf8"), new RegExp(folder));
  });

  test("kubectl apply brings the mesh up, two pods of each service", () => {
    node.kubectl("apply", "-f", "test/kubernetes/engine/dns.yaml");
    // The volumes' folders are in the test's own folder, and not in one that outlives it.
    const manifests = node
      .kubectl("kustomize", "kubernetes/overlays/one-node")
      .replaceAll("/var/lib/envoy-mesh-lab/", `${join(node.folder, "volumes")}/`);
    const file = join(scratch, "mesh.yaml");
    writeFileSync(file, manifests);
    node.kubectl("apply", "-f", file);
    for (const name of ["statefulset/tempo", "statefulset/otel-collector", "deployment/tempo-proxy"])
      rollout(name);
    for (const name of ["backend", "gateway", "edge"]) rollout(`deployment/${name}`);
    node.kubectl(
      "wait",
      ...namespace,
      "--for=jsonpath={.status.readyReplicas}=2",
      "deployment/gateway",
      "--timeout=170s",
    );
  });

  suite("one trace, with every proxy between the applications", () => {
    for (const kind of kinds) {
      for (const protocol of protocols) {
        test(`${kind} over ${protocol}`, async () => {
          const made = await lab("call", "--kind", kind, "--protocol", protocol, "--json");
          assert.equal(made.code, 0, made.stdout + made.stderr);
          const { traceId } = JSON.parse(made.stdout);
          const checked = await lab("check", traceId);
          assert.equal(checked.code, 0, checked.stdout + checked.stderr);
        });
      }
    }
  });

  test("spans say which pod they come from", async () => {
    const made = await lab("call", "--json");
    const { stdout } = await lab("trace", JSON.parse(made.stdout).traceId, "--json");
    assert.match(stdout, /k8s\.pod\.name/);
    assert.match(stdout, /backend-[0-9a-f]+-\w{5}/);
  });

  /** kubectl, while calls are made. */
  const kubectlMeanwhile = async (...args: string[]) => {
    const kubectl = join(node.folder, "bin", "kubectl");
    const kubeconfig = `--kubeconfig=${join(node.folder, "admin.kubeconfig")}`;
    const { code, stderr } = await node.run(kubectl, [kubeconfig, ...args], { services });
    assert.equal(code, 0, stderr);
  };
  /** Makes calls for so many seconds, ten a second. @returns the ids of their traces, when none of them failed. */
  const steadyCalls = async (seconds: number): Promise<string[]> => {
    const script = ["test/kubernetes/steady-calls.ts", env.LAB_EDGE_URL, "10", String(seconds)];
    const { code, stdout, stderr } = await node.run(process.execPath, script, { services });
    assert.equal(code, 0, stderr);
    const { failed, traceIds } = JSON.parse(stdout);
    assert.deepEqual(failed, []);
    assert.equal(traceIds.length, 10 * seconds);
    return traceIds;
  };
  /** Every so many of the traces are looked for, and are whole. */
  const assertWhole = async (traceIds: readonly string[], every: number) => {
    for (const id of traceIds.filter((_, i) => i % every === 0)) {
      // What was kept while nobody took it comes with the sender's next attempt.
      const { code, stdout, stderr } = await until(
        () => lab("check", id),
        (it) => it.code === 0,
        180_000,
      );
      assert.equal(code, 0, stdout + stderr);
    }
  };

  test("a rolling restart of edge, gateway and backend loses no call and no span", async () => {
    const calls = steadyCalls(60);
    for (const name of ["backend", "gateway", "edge"]) {
      await kubectlMeanwhile("rollout", "restart", ...namespace, `deployment/${name}`);
    }
    await assertWhole(await calls, 40);
    for (const name of ["backend", "gateway", "edge"]) rollout(`deployment/${name}`);
  });

  test("no call fails and no span is lost while the pods of Collector and Tempo are replaced", async () => {
    const calls = steadyCalls(30);
    await kubectlMeanwhile("delete", "pod", ...namespace, "otel-collector-0", "tempo-0", "--wait=false");
    const traceIds = await calls;
    for (const name of ["tempo", "otel-collector"]) rollout(`statefulset/${name}`);
    await assertWhole(traceIds, 20);
  });

  test("a service is reached through its sidecar only", () => {
    const address = node.kubectl(
      ...["get", "pods", ...namespace, "-l", "app.kubernetes.io/name=backend"],
      ...["-o", "jsonpath={.items[0].status.podIP}"],
    );
    const connect = (port: number) => () => node.exec("bash", ["-c", `exec 3<>/dev/tcp/${address}/${port}`]);
    assert.doesNotThrow(connect(15106));
    assert.throws(connect(8082), /refused/);
  });

  test("the API server takes the other overlay, too", () => {
    // In a namespace where nothing is, as what is there could not be changed to it.
    const manifests = node
      .kubectl("kustomize", "kubernetes/overlays/s3")
      .replaceAll("namespace: envoy-mesh-lab", "namespace: default");
    const file = join(scratch, "s3.yaml");
    writeFileSync(file, manifests);
    node.kubectl("apply", "--dry-run=server", "-f", file);
  });
}
