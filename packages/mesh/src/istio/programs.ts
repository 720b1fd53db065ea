import { existsSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { ensureGoTool } from "../programs/go-tool.ts";
import { kubernetesTool, kubernetesVersion } from "../programs/kubernetes.ts";
import { findOnPath, probe } from "../programs/probe.ts";
import type { ProgramProgress } from "../programs/progress.ts";

/** A program of such a mesh: where it is, and its version. */
interface Found {
  readonly path: string;
  readonly version: string;
}

/** What is said of the environment, and who hears what is going on. */
interface EnsureOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: (progress: ProgramProgress) => void;
}

/** Istio by commit, as Go names one: of 2026-08-27, before 1.31.0. */
const istioVersion = "1.31.0-20260827124520-eed52ebb66ad";

/** Programs that only a mesh of Istio's runs; each of the two built ones is several, told by the name that it is called with. */
const ofIstio = ["pilot-discovery", "pilot-agent"];
const ofKubernetes = ["kube-apiserver", "kubectl"];
/** Files of Istio's own, which lie beside its programs: what an agent makes its Envoy's bootstrap of, and the types of Istio's API. */
const istioFiles = "istio-files";

/** All that a compose file can name of it. */
export const istioPrograms: readonly string[] = [...ofIstio, ...ofKubernetes, istioFiles, "etcd"];

/** Programs of the system that networks and interception take, and the Debian package of each. */
const needed: Readonly<Record<string, string>> = {
  etcd: "etcd-server",
  ip: "iproute2",
  nsenter: "util-linux",
  unshare: "util-linux",
  setpriv: "util-linux",
  iptables: "iptables",
};

/**
 * Says in words why no mesh of Istio's can run here; undefined when one can.
 *
 * @param env the environment whose PATH is searched.
 */
export async function whyNoIstio(
  env: NodeJS.ProcessEnv,
  { platform, uid }: { platform: string; uid: number | undefined } = {
    platform: process.platform,
    uid: process.getuid?.(),
  },
): Promise<string | undefined> {
  if (platform !== "linux") {
    return `Istio's interception is made of Linux's network namespaces and iptables, and this is ${platform}`;
  }
  if (uid !== 0) return "only root may make network namespaces, and this is another user";
  const missing: string[] = [];
  for (const [name, debian] of Object.entries(needed)) {
    if ((await findOnPath(name, env)).length === 0) missing.push(`${name} (Debian package ${debian})`);
  }
  return missing.length === 0 ? undefined : `there is no ${missing.join(", no ")}`;
}

/**
 * Makes sure of the programs of a mesh of Istio's. The first time, Kubernetes' API server and Istio are built.
 *
 * @throws LabError toolsMissing where no such mesh can run, before anything is built.
 */
export async function ensureIstio({ env, onProgress }: EnsureOptions): Promise<Record<string, Found>> {
  const reason = await whyNoIstio(env);
  if (reason !== undefined) {
    throw new LabError(`a mesh of Istio's cannot run here: ${reason}`, {
      exitCode: ExitCode.toolsMissing,
      hint: "docs/istio.md says what it takes; in a cluster, kubernetes/overlays/istio is the same mesh",
    });
  }
  const startedAt = performance.now();
  const tick = (text: string) =>
    onProgress({ program: undefined, kind: "tick", text, elapsedMs: performance.now() - startedAt });
  const kube = await ensureGoTool(kubernetesTool("keeps what Istio is told"), tick);
  const istio = await ensureGoTool(
    {
      name: "istio",
      title: "Istio",
      version: istioVersion,
      purpose: "the control plane and the agents of the mesh",
      module: "native/istio",
      package: ".",
      sources: ["main.go"],
      // Istio's own tags: its faster protobuf, and nothing of what makes its program larger.
      tags: "vtprotobuf,disable_pgv,grpcnotrace,retrynotrace",
      linkerFlags: "-X istio.io/istio/pkg/version.buildVersion=1.31.0",
      withFiles: {
        module: "istio.io/istio",
        files: [
          "tools/packaging/common/envoy_bootstrap.json",
          "manifests/charts/base/files/crd-all.gen.yaml",
        ],
      },
      isLarge: true,
    },
    tick,
  );
  const [etcd = "etcd"] = await findOnPath("etcd", env);
  const said = await probe(etcd, ["--version"], env);
  return {
    ...callable(ofKubernetes, kube.path, kubernetesVersion),
    ...callable(ofIstio, istio.path, istioVersion),
    [istioFiles]: { path: dirname(istio.path), version: istioVersion },
    etcd: { path: etcd, version: /etcd Version: (\S+)/.exec(said.stdout)?.[1] ?? "unknown" },
  };
}

/** A program under each name that it is to be called with. */
function callable(names: readonly string[], path: string, version: string): Record<string, Found> {
  return Object.fromEntries(
    names.map((name) => {
      const link = join(dirname(path), name);
      if (!existsSync(link)) symlinkSync(path, link);
      return [name, { path: link, version }];
    }),
  );
}
