import { resolve } from "node:path";
import type { ClusterChoice, Runtime, RuntimeQuery, UpResult } from "@envoy-mesh-lab/mesh";
import { findRuntime, interruptible, pageProfile, progressPrinter, withIstio } from "@envoy-mesh-lab/mesh";
import { printJson, say } from "@envoy-mesh-lab/meshtrace";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { Command, InvalidArgumentError } from "commander";
import { pageLink } from "../page-link.ts";
import { userFolder } from "../user-folder.ts";
import type { MeshFlags } from "./mesh-options.ts";
import { addMeshOptions, addProfileOption, meshOf } from "./mesh-options.ts";

interface Flags extends MeshFlags {
  readonly keep?: boolean;
  readonly timeout: number;
  readonly docker?: boolean;
  readonly istio?: boolean;
  readonly kubernetes?: boolean;
  readonly context?: string;
  readonly kustomize?: string;
  readonly page: boolean;
  readonly json?: boolean;
}

const secondMs = 1000;

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0)) {
    throw new InvalidArgumentError("It is a number of seconds.");
  }
  return value;
}

/** What `lab up` did, in one line or a few. */
export function describeUp(result: UpResult): string {
  const { project, started, restarted, unready = [], removed, parts, wasRunning } = result;
  const changed = restarted.filter((name) => !unready.includes(name));
  const changes = [
    ...(changed.length > 0 ? [`restarted with their new settings: ${changed.join(", ")}`] : []),
    ...(unready.length > 0 ? [`restarted, as they were up and not ready: ${unready.join(", ")}`] : []),
    ...(started.length > 0 && wasRunning ? [`started: ${started.join(", ")}`] : []),
    ...(removed.length > 0 ? [`stopped, as they are in the files no more: ${removed.join(", ")}`] : []),
  ];
  if (!wasRunning) {
    return `${project} is up: ${parts.map(({ name }) => name).join(", ")}.`;
  }
  return changes.length === 0
    ? `${project} was up already; nothing changed.`
    : [`${project} is up to date.`, ...changes.map((line) => `  ${line}`)].join("\n");
}

/**
 * The profiles to switch on: those that were asked for, and the page's. In Docker that is an image more to build, so there it is for
 * who asks: `lab ui` does.
 */
export function profilesOf(
  { profile, page }: Pick<Flags, "profile" | "page">,
  { name }: Pick<Runtime, "name">,
  parts: readonly string[] = [],
): { profiles?: readonly string[] } {
  if (!page || name === "docker" || parts.length > 0) return profile ? { profiles: profile } : {};
  const asked = profile ?? (process.env.COMPOSE_PROFILES ?? "").split(",").filter((it) => it !== "");
  return { profiles: [...asked, pageProfile] };
}

function clusterOf({ context, kustomize }: Flags): ClusterChoice {
  return {
    context,
    kustomize: kustomize === undefined ? undefined : resolve(userFolder(), kustomize),
  };
}

/** Ends what a command that starts a mesh says: where to look at it. */
export async function tellPage(runtime: Runtime): Promise<void> {
  const link = await pageLink(runtime);
  if (link !== undefined) console.log(`Its page, for a browser of this machine: ${link}`);
}

/**
 * Which mesh, and what is to run it.
 *
 * @throws {LabError} (exit code `usage`) for two runtimes at once, and for Istio in containers, which is what kubernetes/overlays/istio is for.
 */
export function queryOf(flags: Omit<Flags, "timeout" | "page">): RuntimeQuery {
  const mesh = meshOf(flags);
  const { docker, istio, kubernetes, context, kustomize } = flags;
  if (kubernetes && (docker || istio)) {
    throw new LabError(`--${docker ? "docker" : "istio"} and --kubernetes exclude each other`, {
      exitCode: ExitCode.usage,
      hint: istio
        ? "in a cluster that has Istio, it is --kustomize kubernetes/overlays/istio (docs/istio.md)"
        : "the mesh runs on this machine or on a cluster",
    });
  }
  if (!kubernetes && (context !== undefined || kustomize !== undefined)) {
    throw new LabError(`--${context === undefined ? "kustomize" : "context"} goes with --kubernetes`, {
      exitCode: ExitCode.usage,
      hint: "add --kubernetes to run the mesh on a cluster",
    });
  }
  if (kubernetes) return { ...mesh, runtime: "kubernetes" };
  if (flags.istio && flags.docker) {
    throw new LabError("--istio runs without containers, and --docker in them", {
      exitCode: ExitCode.usage,
      hint: "leave one out; in a cluster, kubernetes/overlays/istio is the mesh in Istio",
    });
  }
  if (flags.docker) return { ...mesh, runtime: "docker" };
  return flags.istio ? { ...mesh, files: withIstio(mesh.files), runtime: "native" } : mesh;
}

/** `lab up`: brings the mesh up, or to what its files say now. */
export function upCommand(): Command {
  const command = new Command("up")
    .summary("start the mesh, or bring it up to date")
    .description(
      "Starts the mesh in the background and returns when every part is well. A mesh that runs already is brought to " +
        "what its files say now: what changed is restarted, nothing else. With PARTs, only these and what they depend on.",
    )
    .argument("[part...]", "parts to start")
    .option("--docker", "in containers; until lab down, all commands then find the mesh there")
    .option(
      "--istio",
      "with Istio's control plane and sidecars in the place of our Envoys, until lab down; Linux as root (docs/istio.md)",
    )
    .option("--kubernetes", "on a cluster; until lab down, all commands then find the mesh there")
    .option(
      "--context <name>",
      'the cluster: a context of your kubeconfig, or "local" for a node on this machine (Linux, root)',
    )
    .option("--kustomize <folder>", "what goes to the cluster (default: kubernetes/base)")
    .option("--keep", "leave the parts running when one does not come up")
    .option("--timeout <seconds>", "how long the parts may take to come up", seconds, 120)
    .option("--no-page", "without the page of the mesh (default: with it, but not in containers)")
    .option("--json", "print what was done as JSON");
  return addProfileOption(addMeshOptions(command))
    .addHelpText(
      "after",
      `
Examples:
  lab up                               start the mesh of compose.yaml
  lab up -f compose.yaml -f mine.yaml  with a file of your own on top
  lab up tempo                         start one stopped part again
  lab up --docker                      the same mesh in Docker, on the same ports
  lab up --istio                       the same services in Istio, without containers
  lab up --kubernetes --context kind   on the cluster of that name (docs/kubernetes.md)
  LAB_PORT_SHIFT=1000 lab up -p other  a second mesh, with 1000 added to every port

Exit codes: 0 up, 6 a port is taken, 7 the compose file is broken or asks for what only containers can,
8 a program rejects its configuration, 9 a part does not come up, 130 interrupted; 4 Docker or kubectl
is missing or too old, 2 there is no such cluster, or you may not use it, 3 it does not answer, 5 it has not the images.`,
    )
    .action(async (parts: string[], flags: Flags) => {
      const printer = progressPrinter(process.stderr);
      const runtime = await findRuntime(queryOf(flags));
      const run = (signal: AbortSignal) =>
        runtime.up({
          parts,
          signal,
          ...profilesOf(flags, runtime, parts),
          cluster: clusterOf(flags),
          keep: flags.keep === true,
          timeout: flags.timeout * secondMs,
          onProgress: printer.onProgress,
        });
      const result = await interruptible(undefined, run).finally(printer.end);
      if (flags.json) {
        printJson(result);
      } else {
        say(describeUp(result));
        await tellPage(runtime);
      }
      process.exitCode = ExitCode.ok;
    });
}
