import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { waitForTrace } from "@envoy-mesh-lab/trace/node";
import { portShifts } from "../port-shifts.ts";
import { until } from "../until.ts";
import { assertWhole, steadyCalls } from "./calls.ts";
import { ClusterMesh, output } from "./cluster.ts";
import type { Overlay } from "./overlay.ts";
import { writeOverlay } from "./overlay.ts";
import type { ObjectStorage } from "./start-s3.ts";
import { startS3 } from "./start-s3.ts";

/**
 * Another mesh on a cluster that a user names by the contexts of his kubeconfig: the API server of the node, which is reached as any
 * other is, and the mesh through port-forwards. Tempo has its blocks in an object storage.
 *
 * @param host the mesh whose node it is; its own parts are stopped for it.
 */
export function testNamedCluster(host: ClusterMesh): void {
  suite("a cluster that the user names", () => {
    const mine = join(host.scratch, "kubeconfig");
    const mesh = new ClusterMesh("lab-k8s-b", portShifts.kubernetes.named, { KUBECONFIG: mine });
    const namespace = ["-n", mesh.name];
    const up = (...args: string[]) => mesh.lab("up", "--kubernetes", ...args);
    const ok = async (...args: string[]) => {
      const { code, stdout, stderr } = await mesh.lab(...args);
      assert.equal(code, 0, stdout + stderr);
      return stdout;
    };
    /** Without its images, a mesh never comes up. */
    const imageless = join(host.scratch, "imageless");
    let s3: ObjectStorage | undefined;

    before(() => {
      const config = JSON.parse(readFileSync(host.kubeconfig, "utf8"));
      const { token } = JSON.parse(readFileSync(join(host.node, "kubelet.kubeconfig"), "utf8")).users[0].user;
      const [{ context }] = config.contexts;
      const [{ user }] = config.users;
      config.users.push(
        { name: "poor", user: { token } },
        { name: "tenant", user: { ...user, as: "tenant" } },
      );
      config.clusters.push({ name: "gone", cluster: { server: "https://127.0.0.1:9" } });
      config.contexts = [
        { name: "mine", context },
        { name: "poor", context: { ...context, user: "poor" } },
        { name: "tenant", context: { ...context, user: "tenant" } },
        { name: "gone", context: { ...context, cluster: "gone" } },
      ];
      config["current-context"] = "mine";
      writeFileSync(mine, JSON.stringify(config));
      writeOverlay(imageless, { images: [{ name: "envoy-mesh-lab/service", newTag: "none" }] });
    });
    after(() => s3?.end());

    test("is never the current one, nor one that is not there", async () => {
      const unnamed = await up();
      assert.equal(unnamed.code, 2);
      assert.match(unnamed.stderr, /the current context is never taken\. The contexts are: .*mine/);
      assert.match((await up("--context", "nime")).stderr, /no context "nime"/);
    });

    test("has to answer, and to let the user in", async () => {
      const gone = await up("--context", "gone");
      assert.equal(gone.code, 3);
      assert.match(gone.stderr, /gone does not answer/);
      const poor = await up("--context", "poor");
      assert.equal(poor.code, 2);
      assert.match(poor.stderr, /you may not run the mesh on poor: .*create.* deployments/);
    });

    /** All that is in the namespace, of whatever kind. */
    const inventory = async () => {
      const kinds = await host.kubectl("api-resources", "--namespaced", "--verbs=list,delete", "-o", "name");
      const meant = kinds.split("\n").filter((it) => !/^(events|endpoints|endpointslices|leases)\b/.test(it));
      return (await host.kubectl("get", meant.join(","), ...namespace, "-o", "name")).split("\n").sort();
    };

    test("may have a namespace of that name already, which nothing is put into and nothing taken from", async () => {
      // Room for a second mesh on the one node.
      for (const it of ["edge", "gateway", "backend", "tempo-proxy", "otel-collector", "tempo"])
        await host.lab("stop", it);
      await host.kubectl("create", "namespace", mesh.name);
      await host.kubectl("create", "configmap", "theirs", ...namespace);
      const refused = await up("--context", "mine");
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, /has a namespace lab-k8s-b already, which lab did not make/);
      const label = refused.stderr.match(/label namespace lab-k8s-b (\S+=\w+)/)?.[1] ?? "";
      await host.kubectl("label", "namespace", mesh.name, label);
      await host.kubectl("create", "deployment", "theirs", ...namespace, "--image=none", "--replicas=0");
      assert.match(
        (await up("--context", "mine")).stderr,
        /something runs in the namespace .*: deployment\.apps\/theirs/,
      );
      await host.kubectl("delete", "deployment", "theirs", ...namespace);
      await host.kubectl("create", "service", "clusterip", "edge", ...namespace, "--tcp=1");
      assert.match((await up("--context", "mine")).stderr, /would take the place of: service\/edge/);
      await host.kubectl("delete", "service", "edge", ...namespace);
    });

    test("without its images is told so, and nothing is left there; also by one who may do all in his namespace and no more", async () => {
      await host.kubectl(
        "create",
        "rolebinding",
        "tenant",
        ...namespace,
        "--clusterrole=admin",
        "--user=tenant",
      );
      const before = await inventory();
      const { code, stderr } = await up("--context", "tenant", "--kustomize", imageless);
      assert.equal(code, 5, stderr);
      assert.match(stderr, /has no image .*service:none/);
      const left = await until(inventory, (it) => it.length === before.length);
      assert.deepEqual(left, before);
      await host.kubectl("delete", "namespace", mesh.name);
    });

    /** Waits until every part of it is well, with every pod. */
    const allHealthy = async () => {
      const { code, stdout } = await until(
        () => mesh.lab("status"),
        (it) => it.code === 0,
        170_000,
      );
      assert.equal(code, 0, stdout);
    };

    test("runs the whole mesh, with an object storage", async () => {
      s3 = await startS3(host.scratch, "tempo");
      const overlay = join(host.scratch, "overlay");
      writeOverlay(overlay, withStorage(s3));
      const made = await up("--context", "mine", "--kustomize", overlay);
      assert.equal(made.code, 0, made.stderr);
      const { traceId } = JSON.parse(await ok("call", "--json"));
      await ok("check", traceId);
      assert.match(await ok("trace", traceId), /11 spans/);
      // As soon as it is up, its autoscalers make a second pod of each service, for which `status` waits no less than the user has to.
      await allHealthy();
      const { parts, spans } = JSON.parse(await ok("status", "--json"));
      // The page is a process of this machine.
      assert.equal(parts.find(({ name }: { name: string }) => name === "page").state, "running");
      assert.deepEqual(spans, []);
    });

    test("is found by every command", async () => {
      await ok("load", "--rate", "5", "--duration", "2s");
      await ok("compare");
      const { traceId } = JSON.parse(await ok("call", "--kind", "bidi", "--protocol", "grpc", "--json"));
      const logs = await until(
        () => ok("logs", "backend", "-n", "1000"),
        (it) => it.includes(traceId),
      );
      assert.match(logs, new RegExp(traceId));
      await ok("restart", "tempo-proxy");
      await ok("stop", "backend");
      // It goes on for as long as its preStop lasts.
      const unavailable = await until(
        () => mesh.lab("call"),
        (it) => it.code !== 0,
        60_000,
      );
      assert.equal(unavailable.code, 11);
      await ok("up", "backend");
      // Its name has an address again, and whoever has been told that it has none asks again in some seconds.
      const answered = await until(
        () => mesh.lab("call"),
        (it) => it.code === 0,
        60_000,
      );
      assert.equal(answered.code, 0, answered.stderr);
      await allHealthy();
      await ok("kill", "edge");
      await ok("check", JSON.parse(await ok("call", "--json")).traceId);
      const link = (await ok("ui", "--no-open")).trim();
      const answer = await until(
        () => fetch(link, { redirect: "manual" }).catch(() => undefined),
        (it) => it?.status === 307,
      );
      assert.equal(answer?.status, 307);
    });

    test("has its calls answered while the edge is rolled, and after port-forwards ended", async () => {
      await host.kubectl("rollout", "status", "deployment/edge", ...namespace, "--timeout=120s");
      const calls = steadyCalls(mesh, { rate: 5, seconds: 30 });
      await host.kubectl("rollout", "restart", "deployment/edge", ...namespace);
      await assertWhole(mesh, await calls);
      const { pid } = JSON.parse(readFileSync(join(mesh.folder, "keeper.json"), "utf8"));
      const { stdout } = await output("pgrep", ["-P", String(pid), "-f", "port-forward"]);
      const forwards = stdout.trim().split("\n").map(Number);
      assert.ok(forwards.length >= 2);
      for (const it of forwards) process.kill(it, "SIGKILL");
      await until(
        async () =>
          (await output("pgrep", ["-P", String(pid), "-f", "port-forward"])).stdout.trim().split("\n"),
        (it) => !forwards.some((forward) => it.includes(String(forward))),
      );
      await ok("check", JSON.parse(await ok("call", "--json")).traceId);
    });

    test("finds in the object storage what Tempo itself has lost", async () => {
      const { traceId } = JSON.parse(await ok("call", "--json"));
      await waitForTrace(mesh.tempo, traceId, 60_000, (it) => it.spans.length === 11);
      const blocks = s3?.blocks() ?? 0;
      // A block is cut every five seconds while traces come; it is in the next one or the one after, and one may have been on its way.
      const grown = await until(
        async () => {
          await ok("call");
          return (s3?.blocks() ?? 0) - blocks;
        },
        (it) => it >= 3,
        120_000,
        1000,
      );
      assert.ok(grown >= 3, `${grown} blocks in two minutes`);
      // Its volume is in memory, and goes with the pod.
      const uid = () =>
        host.kubectl(
          "get",
          "pod",
          "tempo-0",
          ...namespace,
          "--ignore-not-found",
          "-o",
          "jsonpath={.metadata.uid}",
        );
      const old = await uid();
      await ok("kill", "tempo");
      const another = await until(uid, (it) => !["", old].includes(it));
      assert.ok(!["", old].includes(another));
      await host.kubectl("rollout", "status", "statefulset/tempo", ...namespace, "--timeout=120s");
      // Its proxy learns that it is there again.
      const found = await until(
        () => waitForTrace(mesh.tempo, traceId, 5000, (it) => it.spans.length === 11).catch(() => undefined),
        (it) => it?.spans.length === 11,
        120_000,
      );
      assert.equal(found?.spans.length, 11);
    });

    test("keeps what the user has put beside the mesh", async () => {
      await host.kubectl("create", "quota", "theirs", ...namespace);
      const { stdout } = await mesh.lab("down", "--volumes");
      assert.match(stdout, /Left in the namespace lab-k8s-b of mine: ResourceQuota\/theirs\./);
      const kept = ["configmap/kube-root-ca.crt", "resourcequota/theirs", "serviceaccount/default"];
      assert.deepEqual(await until(inventory, (it) => it.length === kept.length), kept);
      await host.kubectl("delete", "namespace", mesh.name);
    });
  });
}

/** What of overlays/s3 is a user's to set: where the storage is, its secret, and by whom its certificate is signed. */
function withStorage({ endpoint, certificate }: ObjectStorage): Overlay {
  const [host, port] = endpoint.split(":");
  const add = (path: string, value: unknown) => ({ op: "add", path: `/spec/template/spec/${path}`, value });
  const tempo = [
    add("containers/0/args/-", `-storage.trace.s3.endpoint=${host}:${port}`),
    add("containers/0/args/-", "-ingester.max-block-duration=5s"),
    add("containers/0/env/-", { name: "SSL_CERT_FILE", value: "/etc/s3/ca.pem" }),
    add("containers/0/volumeMounts/-", { name: "s3", mountPath: "/etc/s3", readOnly: true }),
    add("volumes/-", { name: "s3", configMap: { name: "s3" } }),
  ];
  return {
    base: "kubernetes/overlays/s3",
    namespace: "envoy-mesh-lab",
    patches: [{ target: { kind: "StatefulSet", name: "tempo" }, patch: JSON.stringify(tempo) }],
    secretGenerator: [
      { name: "tempo-s3", literals: ["AWS_ACCESS_KEY_ID=lab", "AWS_SECRET_ACCESS_KEY=secret"] },
    ],
    configMapGenerator: [{ name: "s3", literals: [`ca.pem=${readFileSync(certificate, "utf8")}`] }],
  };
}
