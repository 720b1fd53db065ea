import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { GoTool } from "../../programs/go-tool.ts";
import { ensureGoTool } from "../../programs/go-tool.ts";
import { kubernetesTool } from "../../programs/kubernetes.ts";
import { cgroupsOfPods } from "./host.ts";

/** What a node of Kubernetes is made of. */
export interface Programs {
  /** Every program of Kubernetes itself, by the name that it is called with (kube/main.go). */
  readonly kube: string;
  readonly coredns: string;
}

/** Programs of the system, from the Debian packages etcd-server, containerd, runc, iproute2, util-linux and iptables. */
const needed = ["etcd", "containerd", "ctr", "runc", "ip", "nsenter", "iptables", "openssl"];

/** Plugins for the network of containers, from the Debian package containernetworking-plugins. */
export const cniFolder = "/usr/lib/cni";

/** Says in words why no node can be run here; undefined when one can. */
export function whyNoNode(): string | undefined {
  if (process.platform !== "linux") return "it takes Linux";
  if (process.getuid?.() !== 0) return "only root may make a network namespace and run containers";
  if (cgroupsOfPods().length > 0) {
    return "a kubelet is at work on this machine already, or has left its cgroups (kubepods)";
  }
  const missing = needed.filter((it) => spawnSync("sh", ["-c", `command -v ${it}`]).status !== 0);
  if (!existsSync(`${cniFolder}/bridge`)) missing.push("containernetworking-plugins");
  return missing.length === 0 ? undefined : `there is no ${missing.join(", no ")}`;
}

/**
 * Makes sure of them; the first time they are built, which takes a quarter of an hour.
 *
 * @param onTick called with what is going on while they are built. Default: nobody
 */
export async function ensureKube(onTick?: (text: string) => void): Promise<Programs> {
  const purpose = "runs the manifests of kubernetes/ on a node of Kubernetes";
  const coredns: GoTool = {
    name: "coredns",
    title: "CoreDNS",
    version: "1.13.2",
    purpose,
    module: "native/kubernetes/coredns",
    package: ".",
    sources: ["main.go"],
  };
  return {
    kube: (await ensureGoTool(kubernetesTool(purpose), onTick)).path,
    coredns: (await ensureGoTool(coredns, onTick)).path,
  };
}
