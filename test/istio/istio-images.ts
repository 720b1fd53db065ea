import { execFileSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { join } from "node:path";
import type { Image, Layer } from "@envoy-mesh-lab/mesh";
import { librariesOf, writeImages } from "@envoy-mesh-lab/mesh";

/** Whose images these take the place of, and the version that they are called by. */
export const istioImages = { hub: "docker.io/istio", tag: "1.31.0" } as const;

/** What the images are made of: paths of this machine. */
export interface IstioParts {
  /** The control plane, which is the agent, too, by another name. */
  readonly istio: string;
  /** Istio's own template of an Envoy's bootstrap. */
  readonly bootstrap: string;
  readonly envoy: string;
  /** Who puts Istio's CNI plugin onto a node, which is the plugin, too, by another name. */
  readonly install: string;
}

/** Writes Istio's three images, laid out as Istio's own Dockerfiles have it, around programs of this machine. */
export function writeIstioImages(archive: string, { istio, bootstrap, envoy, install }: IstioParts): void {
  const [shell, sleep, xtables] = ["bash", "sleep", "iptables"].map(which);
  if (shell === undefined || sleep === undefined || xtables === undefined) throw new Error("which() throws");
  const system: Layer = {
    from: {
      ...librariesOf([shell, sleep, envoy, xtables]),
      "usr/bin/bash": shell,
      "bin/sh": shell,
      "usr/bin/sleep": sleep,
      "usr/sbin/xtables-nft-multi": xtables,
      ...extensionsOf(xtables),
    },
    links: Object.fromEntries(
      ["iptables", "ip6tables"]
        .flatMap((it) => [it, `${it}-save`, `${it}-restore`])
        .map((it) => [`usr/sbin/${it}`, "xtables-nft-multi"]),
    ),
    texts: {
      "etc/passwd": "root:x:0:0::/root:/bin/sh\nistio-proxy:x:1337:1337::/:/bin/sh\n",
      "etc/group": "root:x:0:\nistio-proxy:x:1337:\n",
    },
  };
  const agent: Layer = {
    from: {
      "usr/local/bin/pilot-agent": istio,
      "usr/local/bin/envoy": envoy,
      "var/lib/istio/envoy/envoy_bootstrap_tmpl.json": bootstrap,
    },
  };
  const plugin: Layer = { from: { "opt/cni/bin/istio-cni": install, "usr/local/bin/install-cni": install } };
  const discovery: Layer = { from: { "usr/local/bin/pilot-discovery": istio } };
  writeImages(archive, [
    image("pilot", [discovery], ["/usr/local/bin/pilot-discovery"], "1337:1337"),
    image("proxyv2", [system, agent], ["/usr/local/bin/pilot-agent"]),
    image("install-cni", [system, plugin], ["install-cni"]),
  ]);
}

function image(name: string, layers: Layer[], Entrypoint: string[], User?: string): Image {
  const Env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/cni/bin"];
  const config = { Entrypoint, Env, ...(User === undefined ? {} : { User }) };
  return { name: `${istioImages.hub}/${name}:${istioImages.tag}`, layers, config };
}

function which(program: string): string {
  return realpathSync(execFileSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).trim());
}

/** The matches and targets of iptables, which are libraries that it opens itself, beside the one that it is linked with. */
function extensionsOf(xtables: string): Record<string, string> {
  const library = Object.values(librariesOf([xtables])).find((it) => it.includes("/libxtables.")) ?? "";
  const folder = join(realpathSync(library), "../xtables");
  return { [folder.slice(1)]: folder };
}
