import { setTimeout as delay } from "node:timers/promises";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { kubectl, runKubectl } from "./kubectl.ts";
import type { ClusterView, Failure } from "./parts.ts";
import { judgeView, partsOf, readView } from "./parts.ts";
import type { ClusterRecord } from "./record.ts";

const pollMs = 500;
/** Lines of a part's log that an error shows. */
const shownLines = 10;

/** What is in the cluster of a mesh. */
export async function readCluster(
  { cluster, namespace }: Pick<ClusterRecord, "cluster" | "namespace">,
  signal?: AbortSignal,
): Promise<ClusterView> {
  const kinds = ["get", "deployments,statefulsets,pods", "-n", namespace, "-o", "json"];
  return readView(await kubectl(cluster, kinds, { signal }));
}

/** What the scheduler says of a pod whose volume nobody has made. */
const noVolume = "unbound immediate PersistentVolumeClaims";
const noVolumeHint =
  "Nobody has made the volumes: does `kubectl get storageclass` show a default one? kubernetes/overlays/one-node has folders of a node; another class is named in a folder of yours, with --kustomize.";
const notReadyHint = "lab up --keep leaves it all there to be looked at; --timeout waits longer.";

/** Waits until all is as the manifests say. @throws {LabError} (exit code `notReady`, or `installFailed` for want of an image) */
export async function untilUp(
  record: ClusterRecord,
  timeout: number,
  signal: AbortSignal | undefined,
  tell: (kind: "note" | "tick", text: string) => void,
): Promise<ClusterView> {
  const deadline = performance.now() + timeout;
  for (;;) {
    const view = await readCluster(record, signal);
    const { waiting, failure } = judgeView(view);
    if (failure !== undefined) throw await partFailed(record, failure);
    if (waiting.length === 0) return view;
    if (performance.now() > deadline) {
      const parts = partsOf(view, () => []).filter(({ detail }) => detail);
      const words = parts.map(({ name, detail }) => `\n  ${name}: ${detail}`).join("");
      throw new LabError(`not ready after ${timeout / 1000} s: ${waiting.join(", ")}${words}`, {
        exitCode: ExitCode.notReady,
        hint: parts.some(({ detail }) => detail?.includes(noVolume)) ? noVolumeHint : notReadyHint,
      });
    }
    tell("tick", `waiting for ${waiting.join(", ")}`);
    await delay(pollMs, undefined, signal ? { signal } : {});
  }
}

/** The image of a gateway of Istio's until its injection has named one. */
const notInjected = "auto";
const notInjectedHint =
  "Istio has put nothing into that pod: is istiod well, and does its injection look at this namespace? An Istio that has a revision does so by the label istio.io/rev, which a folder of yours sets in the place of istio-injection, with --kustomize.";

async function partFailed({ cluster, namespace }: ClusterRecord, failure: Failure): Promise<LabError> {
  const { part, pod, container, kind, reason, image } = failure;
  if (kind === "image" && image === notInjected) {
    return new LabError(`${part} ${reason}`, {
      exitCode: ExitCode.notReady,
      hint: notInjectedHint,
    });
  }
  if (kind === "image") {
    return new LabError(`${part} ${reason}`, {
      exitCode: ExitCode.installFailed,
      hint: `The nodes of ${cluster.context} neither have ${image} nor can pull it: docs/kubernetes.md says how it gets there.`,
    });
  }
  const args = ["logs", "-n", namespace, pod, "-c", container, "--previous", "--tail", String(shownLines)];
  const { stdout, stderr } = await runKubectl(cluster, args);
  const text = (stdout.trimEnd() || stderr.trimEnd()).replace(/^/gm, "  ");
  return new LabError(`${part} ${reason}.\nThe last lines of its log:\n${text}`, {
    exitCode: ExitCode.notReady,
    hint: `lab up --keep leaves it there, for lab logs ${part}.`,
  });
}
