import { existsSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { ensureIstio, ensurePrograms, progressPrinter } from "@envoy-mesh-lab/mesh";
import { stringify } from "yaml";
import { goTool } from "../go-tool.ts";
import type { ClusterMesh } from "../kubernetes/cluster.ts";
import { output } from "../kubernetes/cluster.ts";
import type { IstioParts } from "./istio-images.ts";
import { istioImages, writeIstioImages } from "./istio-images.ts";

const namespace = ["-n", "istio-system"];

/** Where Istio's CNI plugin and its agent meet, whatever folders a node has: the one thing that it makes outside of them. */
const socketFolder = "/run/istio-cni";
const hadSocketFolder = existsSync(socketFolder);

/** Makes sure of what Istio is installed from. The first time, it is built, which takes longer than a node is to wait for it. */
export async function ensureIstioParts(): Promise<IstioParts> {
  const install = await goTool({
    name: "istio-install",
    title: "Istio's CNI plugin and the reader of its charts",
    version: istioImages.tag,
    purpose: "installs Istio on a node of Kubernetes",
    module: "test/istio/install",
    package: ".",
    sources: ["main.go"],
    tags: "vtprotobuf,disable_pgv,grpcnotrace,retrynotrace",
    isLarge: true,
  });
  const printer = progressPrinter(process.stderr);
  const { onProgress } = printer;
  const programs = await ensureIstio({ env: process.env, onProgress }).finally(printer.end);
  const istio = programs["pilot-discovery"]?.path ?? "";
  const bootstrap = join(dirname(istio), "envoy_bootstrap.json");
  return { istio, bootstrap, envoy: (await ensurePrograms(["envoy"])).envoy.path, install };
}

/**
 * Installs Istio on a node of this machine as its documentation says it for Helm: the charts `base`, `cni` and `istiod`, with the values of
 * kubernetes/overlays/istio.
 */
export async function installIstio(host: ClusterMesh, parts: IstioParts): Promise<void> {
  const archive = join(host.scratch, "istio.tar");
  writeIstioImages(archive, parts);
  const containerd = ["--address", join(host.node, "containerd.sock"), "--namespace", "k8s.io"];
  await mustRun("ctr", [...containerd, "images", "import", archive]);
  rmSync(archive);

  await host.kubectl("create", "namespace", "istio-system");
  await apply(host, parts, "istio-base", "base", {});
  const plugin = { cniBinDir: join(host.node, "cni-bin"), cniConfDir: join(host.node, "cni") };
  await apply(host, parts, "istio-cni", "istio-cni", plugin);
  await host.kubectl("rollout", "status", ...namespace, "daemonset/istio-cni-node", "--timeout=170s");
  const overlay = join(repoRoot, "kubernetes/overlays/istio/values.yaml");
  await apply(host, parts, "istiod", "istio-control/istio-discovery", otherEnvoy, overlay);
  await host.kubectl("rollout", "status", ...namespace, "deployment/istiod", "--timeout=170s");
}

/** Applies a chart of Istio's, as `helm install` does. @param files more values, in files. */
async function apply(
  host: ClusterMesh,
  { install }: IstioParts,
  release: string,
  chart: string,
  values: object,
  ...files: string[]
): Promise<void> {
  const [given, manifests] = ["values", "manifests"].map((it) => join(host.scratch, `${release}-${it}.yaml`));
  if (given === undefined || manifests === undefined) throw new Error("there are two names");
  writeFileSync(given, stringify({ global: istioImages, ...values }));
  writeFileSync(manifests, await mustRun(install, [release, chart, given, ...files]));
  await host.kubectl("apply", "--server-side", "--force-conflicts", "-f", manifests);
}

/** What docs/istio.md says of an Envoy that is not Istio's; and no more memory than this takes. */
const otherEnvoy = {
  telemetry: { enabled: false },
  pilot: {
    env: {
      PILOT_ENABLE_METADATA_EXCHANGE: "false",
      PILOT_ENABLE_ALPN_FILTER: "false",
      PILOT_DISABLE_MX_ALPN: "true",
    },
    resources: { requests: { cpu: "50m", memory: "128Mi" } },
  },
};

/** Takes away what Istio has put onto the machine beside the node's own folder, once the node has ended. */
export function removeIstiosSockets(): void {
  if (!hadSocketFolder) rmSync(socketFolder, { recursive: true, force: true });
}

async function mustRun(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await output(program, args);
  if (code !== 0) throw new Error(`${program} ${args.join(" ")}: ${stderr}`);
  return stdout;
}
