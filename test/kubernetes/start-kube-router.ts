import { spawn } from "node:child_process";
import { join } from "node:path";
import { nodeNamespace } from "@envoy-mesh-lab/mesh";
import { goTool } from "../go-tool.ts";

/**
 * Has kube-router enforce NetworkPolicies on a node, as long as this process runs. The first time, it is built, for some minutes.
 *
 * @param node the folder of the node.
 */
export async function startKubeRouter(node: string): Promise<void> {
  const path = await goTool({
    name: "kube-router",
    title: "kube-router",
    version: "2.1.0",
    purpose: "puts the network policies of kubernetes/ into effect",
    module: "test/kubernetes/kube-router",
    package: ".",
    sources: ["main.go"],
  });
  const child = spawn(
    "nsenter",
    [
      ...[`--net=/run/netns/${nodeNamespace}`, "--", "setpriv", "--pdeathsig", "KILL", path],
      ...["--run-firewall=true", "--run-router=false", "--run-service-proxy=false"],
      ...[`--kubeconfig=${join(node, "admin.kubeconfig")}`, "--hostname-override=lab"],
    ],
    { env: { ...process.env, NODE_NAME: "lab" }, stdio: "ignore" },
  );
  child.unref();
  process.once("exit", () => child.kill("SIGKILL"));
}
