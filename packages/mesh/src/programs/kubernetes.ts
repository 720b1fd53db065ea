import type { GoTool } from "./go-tool.ts";

/** Which Kubernetes is built. */
export const kubernetesVersion = "1.35.4";
const [major, minor] = kubernetesVersion.split(".");

/**
 * Kubernetes' own programs as one, told by the name that it is called with (native/kubernetes/kube/main.go).
 *
 * @param purpose what it is needed for, for messages.
 */
export function kubernetesTool(purpose: string): GoTool {
  return {
    name: "kube",
    title: "Kubernetes",
    version: kubernetesVersion,
    purpose,
    module: "native/kubernetes/kube",
    package: ".",
    sources: ["main.go"],
    // It takes its own version from the linker.
    linkerFlags: [
      `-X k8s.io/component-base/version.gitVersion=v${kubernetesVersion}`,
      `-X k8s.io/component-base/version.gitMajor=${major}`,
      `-X k8s.io/component-base/version.gitMinor=${minor}`,
    ].join(" "),
  };
}
