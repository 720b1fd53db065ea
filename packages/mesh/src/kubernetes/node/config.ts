import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";

/** Addresses of the node's own network namespace, which nothing outside of it can reach. */
export const nodeAddress = "10.10.0.1";
export const podNetwork = "10.244.0.0/24";
export const serviceNetwork = "10.96.0.0/16";
const dnsAddress = "10.96.0.10";
/** The port of its API server. */
export const apiPort = 6443;
/** Its address, as crossing.ts wants it. */
export const apiAddress = `${nodeAddress} ${apiPort}`;
/** The DNS of the cluster. */
export const dnsManifests = join(repoRoot, "native/kubernetes/dns.yaml");
/** The node's name, which kubernetes/overlays/one-node has, too. */
export const nodeName = "lab";

/** The image that holds a pod's namespaces, and that of the cluster's DNS: none of the mesh's. */
export const sandboxImage = "registry.k8s.io/pause:3.10";
export const dnsImage = "registry.k8s.io/coredns/coredns:v1.13.2";

/** Users of the cluster, by a token that only files of this folder hold. */
export const users = {
  admin: { name: "admin", groups: "system:masters" },
  kubelet: { name: `system:node:${nodeName}`, groups: "system:nodes" },
  proxy: { name: "system:kube-proxy", groups: "" },
} as const;

/** All files that a node's programs read, by their names. */
export function nodeFiles(folder: string, tokens: Readonly<Record<keyof typeof users, string>>) {
  const at = (name: string) => join(folder, name);
  const kubeconfig = (token: string) =>
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name: nodeName,
          cluster: {
            server: `https://${nodeAddress}:${apiPort}`,
            "certificate-authority": at("pki/apiserver.crt"),
          },
        },
      ],
      users: [{ name: "user", user: { token } }],
      contexts: [{ name: nodeName, context: { cluster: nodeName, user: "user" } }],
      "current-context": nodeName,
    });
  const kubeconfigs = Object.entries(tokens).map(([user, token]) => [
    `${user}.kubeconfig`,
    kubeconfig(token),
  ]);
  const tokenLines = Object.entries(users).map(
    ([key, { name, groups }], i) => `${tokens[key as keyof typeof users]},${name},${i},"${groups}"`,
  );
  return {
    ...(Object.fromEntries(kubeconfigs) as Record<string, string>),
    "tokens.csv": tokenLines.join("\n"),
    "resolv.conf": `nameserver ${nodeAddress}\n`,
    "containerd.toml": `version = 2
root = "${at("containerd")}"
state = "${at("containerd-state")}"
[grpc]
  address = "${at("containerd.sock")}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${sandboxImage}"
  disable_apparmor = true
  # Without CAP_SYS_RESOURCE it may not make a container less likely to be killed than itself.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${at("cni-bin")}"
    conf_dir = "${at("cni")}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
`,
    "cni/10-lab.conflist": JSON.stringify({
      cniVersion: "1.0.0",
      name: nodeName,
      plugins: [
        {
          type: "bridge",
          bridge: "cni0",
          isGateway: true,
          hairpinMode: true,
          ipam: {
            type: "host-local",
            ranges: [[{ subnet: podNetwork }]],
            routes: [{ dst: "0.0.0.0/0" }],
            dataDir: at("cni-data"),
          },
        },
      ],
    }),
    "kubelet.yaml": JSON.stringify({
      apiVersion: "kubelet.config.k8s.io/v1beta1",
      kind: "KubeletConfiguration",
      cgroupDriver: "cgroupfs",
      failCgroupV1: false,
      containerRuntimeEndpoint: `unix://${at("containerd.sock")}`,
      address: nodeAddress,
      authentication: {
        anonymous: { enabled: false },
        webhook: { enabled: true },
        x509: { clientCAFile: at("pki/kubelet-client.crt") },
      },
      authorization: { mode: "Webhook" },
      clusterDNS: [dnsAddress],
      clusterDomain: "cluster.local",
      resolvConf: at("resolv.conf"),
      podLogsDir: at("pod-logs"),
      volumePluginDir: at("volume-plugins"),
      // A disk that is shared with others is no reason to take pods away.
      evictionHard: { "memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
      // Nothing can be pulled again.
      imageGCHighThresholdPercent: 100,
      imageGCLowThresholdPercent: 99,
    }),
    "proxy.yaml": JSON.stringify({
      apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
      kind: "KubeProxyConfiguration",
      mode: "iptables",
      clusterCIDR: podNetwork,
      hostnameOverride: nodeName,
      bindAddress: nodeAddress,
      healthzBindAddress: `${nodeAddress}:10256`,
      clientConnection: { kubeconfig: at("proxy.kubeconfig") },
      // Settings of the whole machine, which are not its to change.
      conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
    }),
  };
}
