import { setTimeout as delay } from "node:timers/promises";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { addedContainers, lackingPods, refusalsOf } from "./admission.ts";
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
  const kinds = ["get", "deployments,statefulsets,pods", "-n", namespace, "-o", "json", patience];
  const view = readView(await kubectl(cluster, kinds, { signal }));
  if (lackingPods(view).length === 0) return view;
  const events = ["get", "events", "-n", namespace, "--field-selector=reason=FailedCreate", "-o", "json"];
  const asked = await runKubectl(cluster, [...events, patience], { signal });
  // Who may not read events has the rest.
  return asked.code === 0 ? { ...view, refused: refusalsOf(asked.stdout) } : view;
}

/** Longest that one answer may take, where it is asked for again and again. */
const patience = "--request-timeout=30s";

/** What the scheduler says of a pod whose volume nobody has made. */
const noVolume = "unbound immediate PersistentVolumeClaims";
const noVolumeHint =
  "Nobody has made the volumes: does `kubectl get storageclass` show a default one? kubernetes/overlays/one-node has folders of a node; another class is named in a folder of yours, with --kustomize.";
const notReadyHint = "lab up --keep leaves it all there to be looked at; --timeout waits longer.";

/**
 * Waits until all is as the manifests say.
 *
 * @param areAddedMeant whether the manifests ask for containers that are put into their pods, as those for Istio do.
 * @throws {LabError} (exit code `notReady`, or `installFailed` for want of an image)
 */
export async function untilUp(
  record: ClusterRecord,
  areAddedMeant: boolean,
  timeout: number,
  signal: AbortSignal | undefined,
  tell: (kind: "note" | "tick", text: string) => void,
): Promise<ClusterView> {
  const deadline = performance.now() + timeout;
  let added: string[] = [];
  for (;;) {
    const view = await readCluster(record, signal).catch((error: unknown) => {
      // A busy or restarting API server is asked again.
      const isFinal = signal?.aborted || !(error instanceof LabError) || performance.now() > deadline;
      if (isFinal) throw error;
      tell("tick", `asking ${record.cluster.context} again`);
      return undefined;
    });
    if (view !== undefined) {
      const { waiting, failure } = judgeView(view);
      if (added.length === 0 && !areAddedMeant) {
        added = addedContainers(view);
        if (added.length > 0) tell("note", addedNote(added));
      }
      if (failure !== undefined) throw await partFailed(record, failure);
      if (waiting.length === 0) return view;
      if (performance.now() > deadline) throw notReady(view, waiting, timeout, added);
      tell("tick", `waiting for ${waiting.join(", ")}`);
    }
    await delay(pollMs, undefined, signal ? { signal } : {});
  }
}

/** What to say where something in the cluster puts containers of its own into pods, as Istio and Linkerd do. */
function addedNote(added: readonly string[]): string {
  return `This cluster puts ${added.join(", ")} into the pods of the mesh, which then has more in its way and its traces than expected-hops.yaml says: docs/kubernetes.md.`;
}

function notReady(
  view: ClusterView,
  waiting: readonly string[],
  timeout: number,
  added: readonly string[],
): LabError {
  const parts = partsOf(view, () => []).filter(({ detail }) => detail);
  const words = parts.map(({ name, detail }) => `\n  ${name}: ${detail}`).join("");
  const hint = parts.some(({ detail }) => detail?.includes(noVolume)) ? noVolumeHint : notReadyHint;
  return new LabError(`not ready after ${timeout / 1000} s: ${waiting.join(", ")}${words}`, {
    exitCode: ExitCode.notReady,
    hint: added.length > 0 ? `${addedNote(added)} ${hint}` : hint,
  });
}

/** The image of a gateway of Istio's until its injection has named one. */
const notInjected = "auto";
const notInjectedHint =
  "Istio has put nothing into that pod: is istiod well, and does its injection look at this namespace? An Istio that has a revision does so by the label istio.io/rev, which a folder of yours sets in the place of istio-injection, with --kustomize.";

async function partFailed({ cluster, namespace }: ClusterRecord, failure: Failure): Promise<LabError> {
  const { part, pod, container, kind, reason, image } = failure;
  if (kind === "image" && image === notInjected) {
    return new LabError(`${part} ${reason}`, { exitCode: ExitCode.notReady, hint: notInjectedHint });
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
