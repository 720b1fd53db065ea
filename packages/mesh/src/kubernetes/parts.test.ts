import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { addedContainers, lackingPods, refusalsOf } from "./admission.ts";
import type { ClusterView } from "./parts.ts";
import { findPart, judgeView, partsOf, podsOf, readView, replicasMeant } from "./parts.ts";
import { whatChanged } from "./what-changed.ts";

const images = [
  { name: "gateway-proxy", image: "envoyproxy/envoy:v1.40.0" },
  { name: "gateway", image: "envoy-mesh-lab/service:0.1.0" },
];

function workload(replicas: number, status: object = {}): object {
  return {
    kind: "Deployment",
    metadata: { name: "gateway", generation: 2 },
    spec: {
      replicas,
      template: { spec: { initContainers: images.slice(0, 1), containers: images.slice(1) } },
    },
    status: {
      observedGeneration: 2,
      replicas,
      updatedReplicas: replicas,
      readyReplicas: replicas,
      ...status,
    },
  };
}

const running = { running: { startedAt: "2026-11-27T21:00:00Z" } };

function pod(name: string, container: object = {}, meta: object = {}): object {
  const status = (it: string, more: object = {}) => ({
    name: it,
    ready: true,
    started: true,
    restartCount: 0,
    state: running,
    ...more,
  });
  return {
    kind: "Pod",
    metadata: { name, labels: { "app.kubernetes.io/name": "gateway" }, ...meta },
    spec: { initContainers: images.slice(0, 1), containers: images.slice(1) },
    status: {
      initContainerStatuses: [status("gateway-proxy")],
      containerStatuses: [status("gateway", container)],
    },
  };
}

const view = (...items: object[]): ClusterView => readView(JSON.stringify({ items }));
const gatewayOf = (it: ClusterView) => partsOf(it, () => []).find(({ name }) => name === "gateway");

suite("parts on a cluster", () => {
  test("are the containers, each once for all pods", () => {
    const parts = partsOf(view(workload(2), pod("g-2"), pod("g-1")), () => []);
    assert.deepEqual(
      parts.map(({ name, state, program, version, pods }) => [name, state, program, version, pods]),
      [
        ["gateway", "healthy", "envoy-mesh-lab/service", "0.1.0", ["g-1", "g-2"]],
        ["gateway-proxy", "healthy", "envoyproxy/envoy", "v1.40.0", ["g-1", "g-2"]],
      ],
    );
    assert.equal(parts[0]?.detail, undefined);
  });

  test("are as the worst pod is, and say how many are well", () => {
    const ill = gatewayOf(view(workload(2), pod("g-1", { ready: false }), pod("g-2", { restartCount: 3 })));
    assert.deepEqual([ill?.state, ill?.detail, ill?.restarts], ["unhealthy", "1 of 2 pods", 3]);
    const young = gatewayOf(view(workload(1), pod("g-1", { ready: false, started: false })));
    assert.equal(young?.state, "starting");
    const waiting = {
      state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 10s" } },
      ready: false,
    };
    const crashed = gatewayOf(view(workload(1), pod("g-1", waiting)));
    assert.deepEqual([crashed?.state, crashed?.detail], ["restarting", "0 of 1 pods; back-off 10s"]);
  });

  test("are stopped where there are to be none, and waiting where there is none yet", () => {
    assert.equal(gatewayOf(view(workload(0)))?.state, "stopped");
    assert.equal(gatewayOf(view(workload(1)))?.state, "waiting");
  });

  test("say why there are too few pods of them, where the cluster refuses some", () => {
    const conditions = [{ type: "ReplicaFailure", status: "True", message: "exceeded quota: team" }];
    const refused = workload(2, { replicas: 0, readyReplicas: 0, conditions });
    assert.equal(gatewayOf(view(refused))?.detail, "0 of 2 pods; exceeded quota: team");
  });

  test("say so of a StatefulSet by its newest event, as its own status has no word of it", () => {
    const set = { ...workload(2, { replicas: 0, readyReplicas: 0 }), kind: "StatefulSet" };
    assert.deepEqual(lackingPods(view(set)), ["gateway"]);
    assert.deepEqual(lackingPods(view(workload(2), { ...workload(2), kind: "StatefulSet" })), []);
    const event = (name: string, at: string, message: string, kind = "StatefulSet") => ({
      involvedObject: { kind, name },
      lastTimestamp: at,
      message,
    });
    const items = [
      event("gateway", "2026-11-28T08:00:09Z", "exceeded quota: newer"),
      event("gateway", "2026-11-28T08:00:01Z", "exceeded quota: older"),
      event("gateway", "2026-11-28T08:00:10Z", "of another kind", "ReplicaSet"),
    ];
    const refused = refusalsOf(JSON.stringify({ items }));
    assert.deepEqual(refused, { gateway: "exceeded quota: newer" });
    assert.equal(gatewayOf({ ...view(set), refused })?.detail, "0 of 2 pods; exceeded quota: newer");
  });

  test("do not count pods that go, unless there are no others", () => {
    const going = pod("g-1", {}, { deletionTimestamp: "2026-11-27T21:00:00Z" });
    assert.deepEqual(gatewayOf(view(workload(1), going, pod("g-2")))?.pods, ["g-2"]);
    const last = view(workload(1), going);
    assert.deepEqual(podsOf(last, "gateway").length, 1);
    assert.equal(gatewayOf(last)?.state, "stopping");
  });
});

suite("Istio's proxies", () => {
  const proxy = { name: "istio-proxy", image: "docker.io/istio/proxyv2:1.31.0" };
  const meta = (name: string) => ({ name, labels: { "app.kubernetes.io/name": name } });
  const well = (name: string) => ({ name, ready: true, restartCount: 0, state: running });
  const gateway = [
    {
      ...workload(1),
      spec: { replicas: 1, template: { spec: { containers: images.slice(1) } } },
    },
    {
      kind: "Pod",
      metadata: meta("gateway"),
      spec: {
        initContainers: [{ name: "istio-validation", image: proxy.image }, proxy],
        containers: images.slice(1),
      },
      status: { initContainerStatuses: [well("istio-proxy")], containerStatuses: [well("gateway")] },
    },
  ];
  const edgeOf = (image: string, state: object) => [
    {
      ...workload(1),
      metadata: meta("edge"),
      spec: { replicas: 1, template: { spec: { containers: [{ ...proxy, image: "auto" }] } } },
    },
    {
      kind: "Pod",
      metadata: meta("edge"),
      spec: { containers: [{ ...proxy, image }] },
      status: { containerStatuses: [{ ...well("istio-proxy"), ...state }] },
    },
  ];

  test("are parts by the names of the Envoys that they stand for, beside a service and alone", () => {
    const all = partsOf(view(...gateway, ...edgeOf(proxy.image, {})), () => []);
    assert.deepEqual(
      all.map(({ name, container, program, state }) => [name, container, program, state]),
      [
        ["edge", "istio-proxy", "docker.io/istio/proxyv2", "healthy"],
        ["gateway", undefined, "envoy-mesh-lab/service", "healthy"],
        ["gateway-proxy", "istio-proxy", "docker.io/istio/proxyv2", "healthy"],
      ],
    );
    assert.equal(findPart(view(...gateway), "gateway-proxy")?.container, "istio-proxy");
  });

  test("that Istio has not filled in are told by that name, too", () => {
    const pulling = { ready: false, state: { waiting: { reason: "ErrImagePull" } } };
    const { failure } = judgeView(view(...edgeOf("auto", pulling)));
    assert.deepEqual([failure?.part, failure?.container, failure?.image], ["edge", "istio-proxy", "auto"]);
  });
});

test("a part that was stopped is to have as many pods as its manifest says, or one that its autoscaler adds to", () => {
  const stopped = (spec: object) => {
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify({ spec }) };
    const { workloads } = view({ ...workload(0), metadata: { name: "gateway", annotations } });
    return workloads.map(replicasMeant);
  };
  assert.deepEqual(stopped({ replicas: 2 }), [2]);
  assert.deepEqual(stopped({}), [1]);
  assert.deepEqual(view(workload(0)).workloads.map(replicasMeant), [1]);
});

suite("a mesh that comes up", () => {
  test("is waited for until the cluster has seen it, and all of it is ready", () => {
    assert.deepEqual(judgeView(view(workload(2))), { waiting: [], failure: undefined });
    const late = [{ observedGeneration: 1 }, { updatedReplicas: 1 }, { replicas: 3 }, { readyReplicas: 1 }];
    for (const status of late) assert.deepEqual(judgeView(view(workload(2, status))).waiting, ["gateway"]);
  });

  test("is given up for an image that does not come, or a container that does not stay", () => {
    const reasonOf = (reason: string, restartCount: number) =>
      judgeView(view(workload(1), pod("g-1", { ready: false, restartCount, state: { waiting: { reason } } })))
        .failure;
    assert.deepEqual(reasonOf("ErrImagePull", 0), {
      part: "gateway",
      pod: "g-1",
      container: "gateway",
      kind: "image",
      image: "envoy-mesh-lab/service:0.1.0",
      reason: "has no image (ErrImagePull): envoy-mesh-lab/service:0.1.0",
    });
    assert.equal(reasonOf("CrashLoopBackOff", 1), undefined);
    assert.match(reasonOf("CrashLoopBackOff", 3)?.reason ?? "", /ended 3 times/);
  });
});

test("containers that the cluster puts into pods are told from those of the manifests", () => {
  const own = pod("g-1") as { spec: { initContainers: object[] } };
  assert.deepEqual(addedContainers(view(workload(1), own)), []);
  const proxy = { name: "istio-proxy", image: "proxyv2" };
  const injected = { ...own, spec: { ...own.spec, initContainers: [proxy, ...own.spec.initContainers] } };
  assert.deepEqual(addedContainers(view(workload(2), injected, { ...injected })), ["istio-proxy"]);
});

suite("what became of a part", () => {
  const changed = (before: ClusterView, after: ClusterView) => {
    const { started, restarted, unchanged } = whatChanged(before, after);
    const found = Object.entries({ started, restarted, unchanged }).filter(([, names]) =>
      names.includes("gateway"),
    );
    return found.map(([name]) => name);
  };
  const one = view(workload(1), pod("g-1"));
  const two = view(workload(2), pod("g-1"), pod("g-2"));

  test("is nothing where its autoscaler puts a pod beside it, or takes one away", () => {
    assert.deepEqual(changed(one, two), ["unchanged"]);
    assert.deepEqual(changed(two, one), ["unchanged"]);
  });

  test("is a restart where a pod has another in its place, or began again", () => {
    assert.deepEqual(changed(one, view(workload(1), pod("g-3"))), ["restarted"]);
    assert.deepEqual(changed(two, view(workload(2), pod("g-1"), pod("g-3"))), ["restarted"]);
    const later = { state: { running: { startedAt: "2026-11-27T21:05:00Z" } } };
    assert.deepEqual(changed(one, view(workload(1), pod("g-1", later))), ["restarted"]);
  });

  test("is a start where it had been stopped, or was not there", () => {
    assert.deepEqual(changed(view(workload(0)), one), ["started"]);
    assert.deepEqual(changed(view(), one), ["started"]);
  });
});
