import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { protocols } from "@envoy-mesh-lab/connections";
import { kinds } from "@envoy-mesh-lab/load";
import { nodeNamespace, whyNoNode } from "@envoy-mesh-lab/mesh";
import { portShifts } from "../port-shifts.ts";
import { until } from "../until.ts";
import type { Grown } from "./autoscaling.ts";
import { assertGrows } from "./autoscaling.ts";
import { assertNothingLost } from "./calls.ts";
import { ClusterMesh, output } from "./cluster.ts";
import { testNamedCluster } from "./named-cluster.ts";
import { reaches, startStranger } from "./reach.ts";
import { testSpread } from "./spread.ts";
import { startKubeRouter } from "./start-kube-router.ts";

// The mesh on one node of a real Kubernetes, brought up and asked as a user does it.

const why = whyNoNode();
if (why !== undefined) {
  console.log(`The mesh was NOT tried on Kubernetes: ${why}`);
  test("the mesh on Kubernetes", { skip: why }, () => {});
} else {
  testMesh();
}

function testMesh(): void {
  const mesh = new ClusterMesh("lab-k8s", portShifts.kubernetes.node);
  const namespace = ["-n", mesh.name];
  let leftBehind = async () => {};
  const ok = async (...args: string[]) => {
    const { code, stdout, stderr } = await mesh.lab(...args);
    assert.equal(code, 0, stdout + stderr);
    return stdout;
  };
  const rollout = (workload: string) =>
    mesh.kubectl("rollout", "status", ...namespace, workload, "--timeout=170s");
  const ready = async (count: number, ...names: string[]) => {
    for (const name of names) {
      const condition = `--for=jsonpath={.status.readyReplicas}=${count}`;
      await mesh.kubectl("wait", ...namespace, condition, `deployment/${name}`, "--timeout=170s");
    }
  };

  test("lab up brings node and mesh up, to a checked trace", async (t) => {
    const before = await machine();
    const startedAt = performance.now();
    await ok("up", "--kubernetes", "--context", "local");
    await ok("call");
    await ok("check");
    t.diagnostic(`to a checked trace in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
    assert.match(await ok("up"), /was up already; nothing changed/);
    assert.notDeepEqual(await machine(), before);
    await ready(2, "edge", "gateway", "backend");
    leftBehind = async () => assert.deepEqual(await machine(), before);
  });
  suite("one trace, with every proxy between the applications", () => {
    for (const kind of kinds) {
      for (const protocol of protocols) {
        test(`${kind} over ${protocol}`, async () => {
          const made = await ok("call", "--kind", kind, "--protocol", protocol, "--json");
          await ok("check", JSON.parse(made).traceId);
        });
      }
    }
  });

  suite("every command finds the mesh", () => {
    test("status: each part, its pods, and what is lost", async () => {
      const { parts, spans } = JSON.parse(await ok("status", "--json"));
      const names = "backend backend-proxy edge gateway gateway-proxy otel-collector tempo tempo-proxy page";
      assert.deepEqual(
        parts.map(({ name }: { name: string }) => name),
        names.split(" "),
      );
      assert.equal(parts.find(({ name }: { name: string }) => name === "gateway").pods.length, 2);
      assert.deepEqual(spans, []);
      assert.match(await ok("status"), /PODS/);
    });

    test("trace: one that nobody knows is looked for in the logs of all pods", async () => {
      const { code, stderr } = await mesh.lab("trace", "0123456789abcdef0123456789abcdef");
      assert.equal(code, 10);
      assert.match(stderr, /no log knows this trace id/);
    });

    test("logs: of a part, and of all", async () => {
      const id = JSON.parse(await ok("call", "--json")).traceId;
      const logs = await until(
        () => ok("logs", "edge", "-n", "1000"),
        (it) => it.includes(id),
      );
      assert.match(logs, new RegExp(id));
      assert.match(await ok("logs", "-n", "1"), /gateway-proxy/);
      const { code, stderr } = await mesh.lab("logs", "nonesuch");
      assert.equal(code, 2);
      assert.match(stderr, /The parts are: backend/);
    });

    test("trace, compare and load; and spans say which pod they come from", async () => {
      await ok("load", "--rate", "10", "--duration", "3s");
      await ok("compare");
      const trace = await ok("trace", "--json");
      assert.match(trace, /k8s\.pod\.name/);
      assert.match(trace, /backend-[0-9a-f]+-\w{5}/);
      assert.match(trace, new RegExp(`"${mesh.name}"`));
      const direct = await mesh.lab("load", "--via", "direct");
      assert.equal(direct.code, 3);
      assert.match(direct.stderr, /only the edge and Tempo are reached/);
    });

    test("the page shows it, and its link is reported again", async () => {
      const link = (await ok("ui", "--no-open")).trim();
      const answer = await until(
        () => fetch(link, { redirect: "manual" }).catch(() => undefined),
        (it) => it?.status === 307,
      );
      assert.equal(answer?.status, 307);
    });

    test("stop takes a part away, up brings it back", async () => {
      await ok("stop", "tempo-proxy");
      const state = async () =>
        JSON.parse((await mesh.lab("status", "--json")).stdout).parts.find(
          ({ name }: { name: string }) => name === "tempo-proxy",
        ).state;
      assert.equal(await state(), "stopped");
      await ok("up", "tempo-proxy");
      assert.equal(await state(), "healthy");
    });

    test("kill takes one pod, and a signal that Kubernetes passes on to nobody is refused", async () => {
      const pods = async () =>
        (
          await mesh.kubectl(
            "get",
            "pods",
            ...namespace,
            "-l",
            "app.kubernetes.io/name=backend",
            "-o",
            "name",
          )
        ).split("\n");
      const before = await pods();
      await ok("kill", "backend");
      const after = await until(pods, (it) => it.some((name) => !before.includes(name)));
      assert.equal(after.filter((it) => !before.includes(it)).length, 1);
      await ready(2, "backend");
      assert.equal((await mesh.lab("kill", "backend", "-s", "SIGUSR1")).code, 2);
    });

    test("what compose files say is for other runtimes", async () => {
      const { code, stderr } = await mesh.lab("up", "-f", join(repoRoot, "compose.yaml"));
      assert.equal(code, 2);
      assert.match(stderr, /not made from compose files/);
    });
  });

  suite("no call and no span is lost", () => {
    test("while edge, gateway, backend and Collector are rolled", (t) =>
      assertNothingLost(t, mesh, 90, async () => {
        for (const it of ["deployment/backend", "deployment/gateway", "deployment/edge"]) {
          await mesh.kubectl("rollout", "restart", ...namespace, it);
          await rollout(it);
        }
        await mesh.kubectl("rollout", "restart", ...namespace, "statefulset/otel-collector");
        await rollout("statefulset/otel-collector");
      }));

    test("while all pods of Collector and Tempo are replaced at once", (t) =>
      assertNothingLost(t, mesh, 60, async () => {
        const keepers = ["otel-collector-0", "otel-collector-1", "tempo-0"];
        await mesh.kubectl("delete", "pod", ...namespace, ...keepers, "--wait=false");
        for (const name of ["tempo", "otel-collector"]) await rollout(`statefulset/${name}`);
      }));

    test("while the node is drained", async (t) => {
      await ready(2, "edge", "gateway", "backend");
      const uids = async () =>
        (await mesh.kubectl("get", "pods", ...namespace, "-o", "jsonpath={.items[*].metadata.uid}")).split(
          " ",
        );
      await assertNothingLost(t, mesh, 120, async () => {
        const before = await uids();
        const drained = mesh.tryKubectl(
          ...["drain", "lab", "--pod-selector=app.kubernetes.io/part-of=envoy-mesh-lab"],
          ...["--delete-emptydir-data", "--timeout=110s"],
        );
        // There is no other node that the new pods could go to: it takes pods again as soon as the drain has told it not to.
        await mesh.kubectl("wait", "node/lab", "--for=jsonpath={.spec.unschedulable}=true", "--timeout=60s");
        await mesh.kubectl("uncordon", "lab");
        const { code, stdout, stderr } = await drained;
        assert.equal(code, 0, stderr);
        assert.equal((stdout.match(/^pod\/\S+ evicted$/gm) ?? []).length, before.length);
        // One pod of each goes at a time: the API server refuses to evict the other one until there is a new one.
        assert.match(stderr, /would violate the pod's disruption budget/);
        const after = await uids();
        assert.deepEqual(
          after.filter((it) => before.includes(it)),
          [],
        );
      });
    });
  });

  let grown: Grown | undefined;
  test("load makes an autoscaler add a pod, which takes calls; none fails", async (t) => {
    await ready(2, "edge", "gateway", "backend");
    grown = await assertGrows(t, mesh);
  });

  test("a service is reached through its sidecar only", async () => {
    const connect = (port: number) => inNode(`exec 3<>/dev/tcp/$0/${port}`);
    const address = await podAddress("backend");
    assert.equal((await connect(15106)(address)).code, 0);
    assert.match((await connect(8082)(address)).stderr, /refused/);
  });

  const podAddress = (name: string) =>
    mesh.kubectl(
      ...["get", "pods", ...namespace, "-l", `app.kubernetes.io/name=${name}`],
      ...["-o", "jsonpath={.items[0].status.podIP}"],
    );
  const inNode = (script: string) => (argument: string) =>
    output("nsenter", [`--net=/run/netns/${nodeNamespace}`, "--", "bash", "-c", script, argument]);

  test("pods are spread over zones and nodes", () => testSpread(mesh));

  test("after the load its pods go again, no sooner than its window says", async (t) => {
    if (grown === undefined) return t.skip("no pod was added");
    await grown.assertGoesBack(t);
  });

  testNamedCluster(mesh);

  suite("network policies, with kube-router on the node", () => {
    const ipset = "there is no ipset";
    test("let each hop through, and nothing else, in and out", async (t) => {
      if ((await output("ipset", ["--version"])).code !== 0) return t.skip(ipset);
      // What was stopped for the mesh above.
      await ok("up");
      await ready(2, "edge", "gateway", "backend");
      await startStranger(mesh);
      const reach = (from: string[], name: string, port: number) =>
        reaches(mesh, from, mesh.name, name, port);
      const outside = ["stranger"];
      const edge = [...namespace, "deployment/edge"];
      const denied: [string[], string, number][] = [
        [outside, "gateway", 15006],
        [outside, "backend", 15106],
        [outside, "otel-collector", 4317],
        [outside, "tempo", 3201],
        [edge, "backend", 15106],
        [edge, "tempo", 4327],
      ];
      // Without anybody who knows them, policies are words.
      for (const it of denied) assert.equal(await reach(...it), true, it.slice(1).join(":"));
      await startKubeRouter(mesh.node);
      const isClosed = async () => !(await reach(outside, "gateway", 15006));
      assert.equal(await until(isClosed, (it) => it, 60_000, 1000), true);
      for (const it of denied) assert.equal(await reach(...it), false, it.slice(1).join(":"));
      assert.equal(await reach(outside, "edge", 8080), true);
      assert.equal(await reach(edge, "gateway", 15006), true);
      const made = JSON.parse(await ok("call", "--json"));
      await ok("check", made.traceId);
      await mesh.kubectl("delete", "pod", "stranger", "--now");
    });
  });

  test("lab down leaves nothing behind", async () => {
    const { node } = mesh;
    assert.match(await ok("down", "--volumes"), /The mesh is down/);
    assert.equal(existsSync(node), false);
    assert.doesNotMatch(readFileSync("/proc/mounts", "utf8"), new RegExp(node));
    assert.equal(existsSync(join(mesh.scratch, "state", mesh.name)), false);
    await leftBehind();
  });
}

/** What a node changes of the machine: namespaces, cgroups, settings, interfaces. */
async function machine(): Promise<object> {
  const groups = "/sys/fs/cgroup";
  const { stdout: links } = await output("ip", ["-o", "link"]);
  const { stdout: commands } = await output("ps", ["-eo", "args"]);
  return {
    shimState: existsSync("/run/containerd"),
    shims: commands.split("\n").filter((it) => /containerd-shim.*-namespace k8s\.io/.test(it)),
    ours: existsSync(`/run/netns/${nodeNamespace}`),
    kubepods: [".", ...readdirSync(groups)].filter((it) => existsSync(join(groups, it, "kubepods"))),
    settings: ["vm/overcommit_memory", "kernel/panic", "kernel/panic_on_oops"].map((it) =>
      readFileSync(join("/proc/sys", it), "utf8"),
    ),
    links: [...links.matchAll(/^\d+: ([^:@]+)/gm)]
      .map(([, name]) => name)
      .filter((it) => /cni|node/.test(it ?? "")),
  };
}
