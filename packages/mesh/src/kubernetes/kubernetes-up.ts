import { delimiter, resolve } from "node:path";
import { repoRoot, takeLock } from "@envoy-mesh-lab/bootstrap";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { labParts } from "../lab-parts.ts";
import { checkPorts } from "../native/check-ports.ts";
import { portShiftOf } from "../native/gather.ts";
import type { MeshFolder } from "../native/mesh-folder.ts";
import { clearMeshFolder } from "../native/mesh-folder.ts";
import { pageOrigin, pageProfile } from "../page.ts";
import type { UpOptions, UpResult } from "../runtime/runtime.ts";
import {
  askApis,
  askFamily,
  askNamespace,
  askRights,
  askVersion,
  judgeContext,
  localContext,
  readContexts,
  reviewsOf,
  reviewsOfUse,
} from "./ask-cluster.ts";
import { apiKey, findKeeper, startKeeper } from "./keeper/keeper.ts";
import type { Cluster } from "./kubectl.ts";
import { kubectl } from "./kubectl.ts";
import { takeAway } from "./kubernetes-down.ts";
import { endLocalCluster, ensureLocalCluster, volumesOf } from "./local-cluster.ts";
import type { Manifest } from "./manifests.ts";
import { adapt, asList, idOf, readManifests, without } from "./manifests.ts";
import type { ClusterView } from "./parts.ts";
import { containersOf, replicasMeant } from "./parts.ts";
import type { ClusterRecord } from "./record.ts";
import { portKey, readRecord, writeRecord } from "./record.ts";
import { readCluster, untilUp } from "./until-up.ts";
import { whatChanged } from "./what-changed.ts";

const defaultTimeoutMs = 120_000;

/** The folders that are rendered where the user names none: on any cluster, and on the node that `lab` starts. */
const folders = { any: "kubernetes/base", local: "kubernetes/overlays/one-node" } as const;

/**
 * Brings a mesh up on a cluster that the user names, or one that is there already to what its manifests say now.
 *
 * @throws {LabError} with the exit codes of a native start. What this call has put there is taken away again then, but for
 * volumes; a mesh that was there before is left as it is.
 */
export async function kubernetesUp(folder: MeshFolder, options: UpOptions): Promise<UpResult> {
  const startedAt = performance.now();
  const tell = (kind: "note" | "tick", text: string) =>
    options.onProgress?.({ program: undefined, kind, text, elapsedMs: performance.now() - startedAt });
  const lock = await takeLock(folder.lock, "lab up", {
    signal: options.signal,
    onWait: ({ purpose, pid }) =>
      tell("note", `Waiting for "${purpose}" (process ${pid}), which is at work on this mesh.`),
  });
  try {
    const before = readRecord(folder);
    try {
      return await bringUp(folder, before, options, tell);
    } catch (error) {
      const isKept = options.keep && !options.signal?.aborted;
      if (before === undefined && !isKept && lock.isHeld()) {
        tell("tick", "taking away what was put there");
        try {
          await takeAway(folder, { volumes: false });
          endLocalCluster(folder);
          await clearMeshFolder(folder, { volumes: true, logs: true });
        } catch (left) {
          // Why the mesh did not come up is what the user has to know.
          const why = left instanceof Error ? left.message : left;
          tell("note", `Some of it is there still; lab down tries again. ${why}`);
        }
      }
      throw error;
    }
  } finally {
    lock.release();
  }
}

async function bringUp(
  folder: MeshFolder,
  before: ClusterRecord | undefined,
  options: UpOptions,
  tell: (kind: "note" | "tick", text: string) => void,
): Promise<UpResult> {
  const { signal, timeout = defaultTimeoutMs } = options;
  const context = await contextOf(before, options.cluster?.context);
  const namespace = folder.project;
  const isLocal = context === localContext;
  const ports = before?.ports ?? (await portsOf());
  const local = isLocal
    ? await ensureLocalCluster(folder, before?.ports[apiKey], options.onProgress ?? (() => {}), signal)
    : undefined;
  const cluster: Cluster = local?.cluster ?? before?.cluster ?? { context, kubeconfig: kubeconfigNow() };
  const kustomize =
    options.cluster?.kustomize ?? before?.kustomize ?? (isLocal ? folders.local : folders.any);
  const isPageWanted = [...(options.profiles ?? []), ...(options.parts ?? [])].includes(pageProfile);
  const first: ClusterRecord = {
    cluster,
    namespace,
    kustomize,
    objects: before?.objects ?? [],
    ...(local ? { node: local.node } : {}),
    ports: { ...ports, ...(local ? { [apiKey]: local.apiPort } : {}) },
    page: before?.page ?? false,
  };
  // The node is there already, whatever becomes of the rest.
  if (local) await writeRecord(folder, first);
  tell("tick", "rendering the manifests");
  const rendered = await kubectl(cluster, ["kustomize", resolve(repoRoot, kustomize)], {
    signal,
    exitCode: ExitCode.composeInvalid,
    hint: "these are Kustomize's own words about that folder",
  });
  const asWritten = readManifests(rendered);
  // Istio's edge answers to no page's calls.
  const page = (isPageWanted || first.page) && !asWritten.some(isOfIstio);
  const record: ClusterRecord = { ...first, page };
  if (local) await writeRecord(folder, record);
  // A node's API server is reached through it.
  const isKept = (await findKeeper(folder)) !== undefined && before?.page === record.page;
  if (local && !isKept) await startKeeper(folder);
  const view = before === undefined ? { workloads: [], pods: [] } : await readCluster(record, signal);
  if (isOnlyPage(options.parts)) {
    await writeRecord(folder, record);
    if (!local && !isKept) await startKeeper(folder);
    return { project: folder.project, wasRunning: true, parts: [{ name: pageProfile }], ...nothingChanged };
  }

  const adapted = adapt(asWritten, {
    namespace,
    pageOrigin: pageOrigin(process.env),
    volumes: isLocal ? volumesOf(folder) : undefined,
  });
  if (!local?.isNew) tell("tick", `asking ${context}`);
  // Nothing else stands against a mesh on a node that was made for it just now.
  if (local?.isNew) await askApis(cluster, adapted, signal);
  const manifests = local?.isNew
    ? adapted
    : await askFirst(cluster, namespace, before !== undefined, adapted, signal);

  // Before anything is there, so that it is known what to take away, whatever comes.
  const ids = manifests.map(idOf);
  const old = without(record.objects, ids);
  await writeRecord(folder, { ...record, objects: [...ids, ...old] });
  tell("tick", "applying the manifests");
  await kubectl(cluster, ["apply", "-f", "-"], {
    input: asList(manifests),
    signal,
    exitCode: ExitCode.configRejected,
    hint: "these are the API server's own words",
  });
  await startStopped(record, view, options.parts ?? []);
  if (!local && !isKept) await startKeeper(folder);
  const after = await untilUp(record, manifests.some(isOfIstio), timeout, signal, tell);
  if (old.length > 0) {
    await kubectl(cluster, ["delete", "--ignore-not-found", "-f", "-"], { input: asList(old), signal });
    await writeRecord(folder, { ...record, objects: ids });
  }
  return { project: folder.project, wasRunning: before !== undefined, ...whatChanged(view, after) };
}

/** Whether an object is one of Istio's own kinds. */
function isOfIstio({ apiVersion }: Manifest): boolean {
  return apiVersion.includes(".istio.io/");
}

const nothingChanged = { started: [], restarted: [], removed: [], unchanged: [] };

/**
 * Asks a cluster all that can stand against a mesh on it, before anything is put there.
 *
 * @returns what is to be put there: without the namespace, where it is one that was given to the mesh.
 * @throws {LabError} that says what stands against it.
 */
async function askFirst(
  cluster: Cluster,
  namespace: string,
  isKnown: boolean,
  objects: readonly Manifest[],
  signal: AbortSignal | undefined,
): Promise<Manifest[]> {
  const namespaces = objects.filter(({ kind }) => kind === "Namespace");
  const others = objects.filter(({ kind }) => kind !== "Namespace");
  await askVersion(cluster, signal);
  await askApis(cluster, objects, signal);
  await askFamily(cluster, signal);
  await askRights(cluster, [...reviewsOf(namespace, others), ...reviewsOfUse(namespace)], signal);
  const whose = await askNamespace(cluster, namespace, isKnown, others, signal);
  if (whose === "given") return others;
  await askRights(cluster, reviewsOf(namespace, namespaces), signal);
  return [...namespaces, ...others];
}

/** The context to use: what the user names, or the one that the mesh is on. @throws {LabError} (exit code `usage`) */
async function contextOf(before: ClusterRecord | undefined, asked: string | undefined): Promise<string> {
  if (before !== undefined) {
    if (asked !== undefined && asked !== before.cluster.context) {
      throw new LabError(`the mesh is on ${before.cluster.context} already`, {
        exitCode: ExitCode.usage,
        hint: "End it first with lab down, or give this one another name with --project-name and other ports with LAB_PORT_SHIFT.",
      });
    }
    return before.cluster.context;
  }
  const known = await readContexts().catch((error: unknown) => {
    // The node brings its own.
    if (asked === localContext && error instanceof LabError) return [];
    throw error;
  });
  judgeContext(asked, known);
  return asked ?? "";
}

/** The ports of this machine that lead into the mesh: those of a native run. @throws {LabError} when one is taken. */
async function portsOf(): Promise<Record<string, number>> {
  const shift = portShiftOf(process.env);
  const { EDGE_PORT, TEMPO_PORT, PAGE_PORT } = process.env;
  const wanted = [
    { part: labParts.edge, host: Number(EDGE_PORT || labParts.edge.port) + shift },
    { part: labParts.tempo, host: Number(TEMPO_PORT || labParts.tempo.port) + shift },
    { part: labParts.spans, host: labParts.spans.port + shift },
    { part: labParts.page, host: Number(PAGE_PORT || labParts.page.port) + shift },
  ];
  await checkPorts(
    wanted.map(({ part, host }) => ({
      name: part.service,
      ports: [{ container: part.port, host, published: true }],
    })),
  );
  const all = wanted.map(({ part, host }) => [portKey(part.service, part.port), host] as const);
  return Object.fromEntries(all);
}

/** The kubeconfig files that the user has set, by paths that mean the same from any folder: later commands may come from another one. */
function kubeconfigNow(): string | undefined {
  const files = (process.env.KUBECONFIG ?? "").split(delimiter).filter((it) => it !== "");
  return files.length === 0 ? undefined : files.map((it) => resolve(it)).join(delimiter);
}

function isOnlyPage(parts: readonly string[] | undefined): boolean {
  return parts?.length === 1 && parts[0] === pageProfile;
}

/** A part that `lab stop` has taken away comes back with `lab up`; with as many pods as its manifest says. */
async function startStopped(
  { cluster, namespace }: ClusterRecord,
  view: ClusterView,
  parts: readonly string[],
): Promise<void> {
  for (const workload of view.workloads) {
    const { kind, metadata, spec } = workload;
    const isMeant =
      parts.length === 0 || containersOf(view, workload).some(({ part }) => parts.includes(part));
    if (spec.replicas > 0 || !isMeant) continue;
    const what = `${kind.toLowerCase()}/${metadata.name}`;
    await kubectl(cluster, ["scale", "-n", namespace, what, `--replicas=${replicasMeant(workload)}`]);
  }
}
