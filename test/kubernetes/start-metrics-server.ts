import { spawn } from "node:child_process";
import { openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeAddress, nodeNamespace } from "@envoy-mesh-lab/mesh";
import { goTool } from "../go-tool.ts";
import { until } from "../until.ts";
import type { ClusterMesh } from "./cluster.ts";

const port = 10300;
const service = { name: "metrics-server", namespace: "kube-system" };

/** How the API server reaches it: a Service whose one endpoint is a process of the node, in no pod. */
const objects = [
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: service,
    spec: { ports: [{ port: 443, targetPort: port }] },
  },
  {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { ...service, labels: { "kubernetes.io/service-name": service.name } },
    addressType: "IPv4",
    endpoints: [{ addresses: [nodeAddress], conditions: { ready: true } }],
    ports: [{ port, protocol: "TCP" }],
  },
  {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: "v1beta1.metrics.k8s.io" },
    spec: {
      ...{ group: "metrics.k8s.io", version: "v1beta1", groupPriorityMinimum: 100, versionPriority: 100 },
      service,
      // It signs its certificate itself.
      insecureSkipTLSVerify: true,
    },
  },
];

/**
 * Has metrics-server measure the pods of a node, for its autoscalers, as long as this process runs. The first time, it is built, for
 * some minutes. Returns once the mesh's pods have been measured.
 */
export async function startMetricsServer(mesh: ClusterMesh): Promise<void> {
  const path = await goTool({
    name: "metrics-server",
    title: "metrics-server",
    version: "0.9.0",
    purpose: "measures pods for the autoscalers of kubernetes/",
    module: "test/kubernetes/metrics-server",
    package: "sigs.k8s.io/metrics-server/cmd/metrics-server",
    isLarge: true,
  });
  const kubeconfig = join(mesh.node, "admin.kubeconfig");
  const log = openSync(join(mesh.scratch, "metrics-server.log"), "w");
  const child = spawn(
    "nsenter",
    [
      ...[`--net=/run/netns/${nodeNamespace}`, "--", "setpriv", "--pdeathsig", "KILL", path],
      ...[`--kubeconfig=${kubeconfig}`, `--authentication-kubeconfig=${kubeconfig}`],
      ...[`--authorization-kubeconfig=${kubeconfig}`, `--bind-address=${nodeAddress}`],
      ...[`--secure-port=${port}`, `--cert-dir=${join(mesh.scratch, "metrics-server")}`],
      // The kubelet signs its certificate itself.
      ...["--kubelet-insecure-tls", "--kubelet-preferred-address-types=InternalIP"],
      // What its own manifests have.
      "--metric-resolution=15s",
    ],
    { stdio: ["ignore", log, log] },
  );
  child.unref();
  process.once("exit", () => child.kill("SIGKILL"));
  const file = join(mesh.scratch, "metrics-server.json");
  writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  await mesh.kubectl("apply", "-f", file);
  const measured = () => mesh.tryKubectl("top", "pods", "-n", mesh.name, "--no-headers");
  const { code, stderr } = await until(measured, (it) => it.code === 0, 120_000, 1000);
  if (code !== 0) throw new Error(`metrics-server measures nothing: ${stderr}`);
}
