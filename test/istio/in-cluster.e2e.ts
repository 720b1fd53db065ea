import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { protocols } from "@envoy-mesh-lab/connections";
import { kinds } from "@envoy-mesh-lab/load";
import { nodeNamespace, whyNoIstio, whyNoNode } from "@envoy-mesh-lab/mesh";
import { steadyCalls } from "../kubernetes/calls.ts";
import { ClusterMesh, output } from "../kubernetes/cluster.ts";
import { writeOverlay } from "../kubernetes/overlay.ts";
import { portShifts } from "../port-shifts.ts";
import { until } from "../until.ts";
import { ensureIstioParts, installIstio, removeIstiosSockets } from "./install-istio.ts";
import type { IstioParts } from "./istio-images.ts";
import { plainCall } from "./plain-call.ts";
import { testPolicies } from "./policies.ts";

// kubernetes/overlays/istio on one node of a real Kubernetes, with a real istiod, its injection and its CNI plugin.

const why = whyNoNode() ?? (await whyNoIstio(process.env));
if (why !== undefined) {
  console.log(`The overlay istio was NOT tried in a cluster: ${why}`);
  test("the mesh in a cluster that has Istio", { skip: why }, () => {});
} else {
  testOverlay();
}

function testOverlay(): void {
  const host = new ClusterMesh("lab-istio-node", portShifts.kubernetes.node);
  const mine = join(host.scratch, "kubeconfig");
  // The namespace that values.yaml has the Collector in.
  const mesh = new ClusterMesh("envoy-mesh-lab", portShifts.kubernetes.named, { KUBECONFIG: mine });
  const namespace = ["-n", mesh.name];
  const overlay = join(host.scratch, "overlay");
  const up = (folder: string) => mesh.lab("up", "--kubernetes", "--context", "mine", "--kustomize", folder);
  const ok = async (...args: string[]) => {
    const { code, stdout, stderr } = await mesh.lab(...args);
    assert.equal(code, 0, `lab ${args.join(" ")}\n${stdout}${stderr}`);
    return stdout;
  };
  const call = async (...args: string[]): Promise<string> =>
    JSON.parse(await ok("call", "--json", ...args)).traceId;
  /** A statistic of a proxy's Envoy, the sum of all whose name matches, in every pod of a workload. */
  const counter = async (workload: string, pattern: string) => {
    const pods = ["get", "pods", ...namespace, "-l", `app.kubernetes.io/name=${workload}`, "-o", "name"];
    let sum = 0;
    for (const pod of (await host.kubectl(...pods)).split("\n")) {
      const ask = ["pilot-agent", "request", "GET", `stats?filter=${encodeURIComponent(pattern)}`];
      const lines = await host.kubectl("exec", ...namespace, pod, "-c", "istio-proxy", "--", ...ask);
      for (const [, value] of lines.matchAll(/: (\d+)$/gm)) sum += Number(value);
    }
    return sum;
  };

  let parts: IstioParts;

  test("a node without a mesh", async () => {
    parts = await ensureIstioParts();
    const folder = join(host.scratch, "nothing");
    mkdirSync(folder);
    writeFileSync(join(folder, "kustomization.yaml"), "resources: [namespace.yaml]\n");
    writeFileSync(
      join(folder, "namespace.yaml"),
      "apiVersion: v1\nkind: Namespace\nmetadata: { name: envoy-mesh-lab }\n",
    );
    const made = await host.lab("up", "--kubernetes", "--context", "local", "--kustomize", folder);
    assert.equal(made.code, 0, made.stderr);
    const config = JSON.parse(readFileSync(host.kubeconfig, "utf8"));
    config.contexts[0].name = "mine";
    config["current-context"] = "mine";
    writeFileSync(mine, JSON.stringify(config));
    writeOverlay(overlay, { base: "kubernetes/overlays/istio" });
  });

  test("is told that it has no Istio, and nothing is put there", async () => {
    const { code, stderr } = await up(overlay);
    assert.equal(code, 7, stderr);
    assert.match(stderr, /does not know networking\.istio\.io\/v1.*\n.*Istio is not there/);
    assert.equal((await host.tryKubectl("get", "namespace", mesh.name)).code, 1);
  });

  test("is told where Istio has put nothing into its pods, and nothing is left", async () => {
    await installIstio(host, parts);
    const folder = join(host.scratch, "not-injected");
    const metadata = { name: mesh.name, labels: { "istio-injection": "disabled" } };
    const patch = JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata });
    writeOverlay(folder, { base: "kubernetes/overlays/istio", patches: [{ patch }] });
    const { code, stderr } = await up(folder);
    assert.equal(code, 9, stderr);
    assert.match(stderr, /edge has no image .*auto[\s\S]*does its injection look at this namespace/);
    assert.equal((await host.tryKubectl("get", "namespace", mesh.name)).code, 1);
  });

  test("the overlay comes up, restricted, with native sidecars", async (t) => {
    // As the file stands, by Kubernetes' own admission and Istio's; volumes are a matter of the cluster.
    await host.kubectl("create", "namespace", mesh.name);
    await host.kubectl("apply", "-k", join(repoRoot, "kubernetes/overlays/istio"), "--dry-run=server");
    await host.kubectl("delete", "namespace", mesh.name);
    const startedAt = performance.now();
    const made = await up(overlay);
    assert.equal(made.code, 0, made.stderr);
    t.diagnostic(`the mesh was up in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
    const pods = JSON.parse(await host.kubectl("get", "pods", ...namespace, "-o", "json")).items as Pod[];
    for (const name of ["gateway", "backend"]) {
      const [{ spec } = assert.fail(name)] = pods.filter((it) => nameOf(it) === name);
      const sidecar = spec.initContainers?.find((it) => it.name === "istio-proxy");
      assert.equal(sidecar?.restartPolicy, "Always", name);
      const rights = spec.initContainers?.flatMap((it) => it.securityContext.capabilities.add ?? []);
      assert.deepEqual(rights, [], name);
    }
    for (const name of ["tempo", "tempo-proxy", "otel-collector"]) {
      const [{ spec } = assert.fail(name)] = pods.filter((it) => nameOf(it) === name);
      assert.equal(spec.containers.length + (spec.initContainers ?? []).length, 1, name);
    }
    const enforced = "jsonpath={.metadata.labels.pod-security\\.kubernetes\\.io/enforce}";
    assert.equal(await host.kubectl("get", "namespace", mesh.name, "-o", enforced), "restricted");
  });

  suite("one trace, with the spans of expected-hops-istio.yaml", () => {
    for (const kind of kinds) {
      for (const protocol of protocols) {
        test(`${kind} over ${protocol}`, async () => {
          const traceId = await call("--kind", kind, "--protocol", protocol);
          const { findings } = JSON.parse(await ok("check", traceId, "--json"));
          assert.deepEqual(findings, []);
        });
      }
    }
  });

  test("every command finds the mesh, with Istio's proxies by the names of ours", async () => {
    const { parts } = JSON.parse(await ok("status", "--json"));
    const names = "backend backend-proxy edge gateway gateway-proxy otel-collector tempo tempo-proxy";
    assert.deepEqual(
      parts.map(({ name }: { name: string }) => name),
      names.split(" "),
    );
    const traceId = await call();
    assert.match(await ok("trace", traceId), /: 8 spans, /);
    assert.match(await ok("compare", traceId), /mixed +backend\.envoy-mesh-lab inbound → backend/);
    await ok("load", "--rate", "5", "--duration", "2s");
    for (const part of ["edge", "gateway-proxy"]) {
      const logs = await until(
        () => ok("logs", part, "-n", "1000"),
        (it) => /POST \/(cafe|kitchen)\.v1\./.test(it),
      );
      assert.match(logs, /POST \/(cafe|kitchen)\.v1\./, part);
    }
    for (const command of [["ui"], ["compare", "--modes"]]) {
      const { code, stderr } = await mesh.lab(...command);
      assert.ok(code === 2 || code === 3, `lab ${command.join(" ")}: ${code}`);
      assert.match(stderr, /is in Istio, /);
    }
  });

  suite("between sidecars", () => {
    test("every connection begins with a TLS handshake with certificates of both sides", async () => {
      await call();
      assert.ok((await counter("backend", "^listener\\.0\\.0\\.0\\.0_15006\\.ssl\\.handshake$")) > 0);
      assert.equal(await counter("backend", "ssl\\.(fail_verify_no_cert|no_certificate)$"), 0);
      assert.ok((await counter("gateway", "outbound\\|8082\\|\\|backend.*ssl\\.handshake$")) > 0);
    });

    test("a call in plain text is refused, though the service would answer it", async () => {
      const address = await host.kubectl(
        ...["get", "pods", ...namespace, "-l", "app.kubernetes.io/name=backend"],
        ...["-o", "jsonpath={.items[0].status.podIP}"],
      );
      const outside = ["--net=/run/netns/" + nodeNamespace, "--", process.execPath, "-e", plainCall(address)];
      assert.match((await output("nsenter", outside)).stdout, /^refused/);
      const within = ["exec", ...namespace, "deployment/backend", "-c", "backend", "--", "node", "-e"];
      assert.equal(await host.kubectl(...within, plainCall("127.0.0.1")), "answered 200");
    });
  });

  test("a Telemetry resource takes effect: a sidecar whose span is missing is named", async () => {
    const file = join(repoRoot, "samples/istio/backend-not-traced.yaml");
    await host.kubectl("apply", "-f", file);
    const missing = await until(
      async () => mesh.lab("check", await call()),
      ({ stdout }) => /backend\.envoy-mesh-lab/.test(stdout),
      settleMs,
    );
    assert.equal(missing.code, 1, missing.stdout);
    await host.kubectl("delete", "-f", file);
    const again = await until(
      async () => mesh.lab("check", await call()),
      ({ code }) => code === 0,
      settleMs,
    );
    assert.equal(again.code, 0, again.stdout);
  });

  test("no call fails while edge, gateway and backend are rolled", async (t) => {
    const calls = steadyCalls(mesh, { rate: 5, seconds: 75 });
    for (const it of ["gateway", "backend", "edge"]) {
      await host.kubectl("rollout", "restart", ...namespace, `deployment/${it}`);
      await host.kubectl("rollout", "status", ...namespace, `deployment/${it}`, "--timeout=170s");
    }
    t.diagnostic(`all of ${(await calls).length} calls`);
  });

  testPolicies(host, mesh);

  test("lab down leaves nothing in the cluster", async () => {
    const { code, stdout } = await mesh.lab("down", "--volumes");
    assert.equal(code, 0);
    assert.doesNotMatch(stdout, /Left in/);
    assert.equal((await host.tryKubectl("get", "namespace", mesh.name)).code, 1);
  });

  test("the node leaves nothing on the machine", async () => {
    const { node } = host;
    assert.equal((await host.lab("down", "--volumes")).code, 0);
    removeIstiosSockets();
    assert.equal(existsSync(node), false);
    assert.equal(existsSync(`/run/netns/${nodeNamespace}`), false);
    assert.doesNotMatch(readFileSync("/proc/mounts", "utf8"), new RegExp(node));
  });
}

/** How long a changed configuration may take until no call meets the old one, in milliseconds: Envoy drains connections for 45 s. */
const settleMs = 240_000;

interface Container {
  readonly name: string;
  readonly restartPolicy?: string;
  readonly securityContext: { readonly capabilities: { readonly add?: readonly string[] } };
}
interface Pod {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
  };
}

function nameOf({ metadata }: Pod): string | undefined {
  return metadata.labels["app.kubernetes.io/name"];
}
