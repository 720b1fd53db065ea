import { z } from "zod";
import { splitImage } from "../docker/containers.ts";
import { istioProxy } from "../istio/istio-mesh.ts";
import type { MeshPart } from "../runtime/runtime.ts";

const containerSchema = z.looseObject({ name: z.string(), image: z.string() });
const stateSchema = z.object({
  waiting: z.object({ reason: z.string().default(""), message: z.string().default("") }).optional(),
  running: z.object({ startedAt: z.string() }).optional(),
  terminated: z
    .object({ exitCode: z.number(), reason: z.string().default(""), signal: z.number().optional() })
    .optional(),
});
const statusSchema = z.object({
  name: z.string(),
  ready: z.boolean(),
  started: z.boolean().nullish(),
  restartCount: z.number(),
  state: stateSchema.default({}),
});
const metaSchema = z.looseObject({
  name: z.string(),
  uid: z.string().default(""),
  generation: z.number().default(0),
  deletionTimestamp: z.string().optional(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
});
const podSpecSchema = z.object({
  containers: z.array(containerSchema),
  initContainers: z.array(containerSchema).default([]),
});

const podSchema = z.object({
  kind: z.literal("Pod"),
  metadata: metaSchema,
  spec: podSpecSchema,
  status: z.object({
    conditions: z
      .array(z.object({ type: z.string(), status: z.string(), message: z.string().default("") }))
      .default([]),
    containerStatuses: z.array(statusSchema).default([]),
    initContainerStatuses: z.array(statusSchema).default([]),
  }),
});
const workloadSchema = z.object({
  kind: z.enum(["Deployment", "StatefulSet"]),
  metadata: metaSchema,
  spec: z.object({ replicas: z.number().default(1), template: z.object({ spec: podSpecSchema }) }),
  status: z.object({
    observedGeneration: z.number().default(0),
    replicas: z.number().default(0),
    updatedReplicas: z.number().default(0),
    readyReplicas: z.number().default(0),
    conditions: z
      .array(z.object({ type: z.string(), status: z.string(), message: z.string().default("") }))
      .default([]),
  }),
});

const appliedSchema = z.object({ spec: z.object({ replicas: z.number().default(1) }).prefault({}) });

export type Pod = z.infer<typeof podSchema>;
export type Workload = z.infer<typeof workloadSchema>;

/** What runs of the mesh in its namespace. */
export interface ClusterView {
  readonly workloads: readonly Workload[];
  readonly pods: readonly Pod[];
  /** Why the API server refuses pods or claims of a StatefulSet, by its name. A Deployment says so in its own status. */
  readonly refused?: Readonly<Record<string, string>>;
}

/** The label by which a pod says of which workload it is. */
export const nameLabel = "app.kubernetes.io/name";

/** Reads what `kubectl get deployments,statefulsets,pods -o json` printed. */
export function readView(json: string): ClusterView {
  const { items } = z.object({ items: z.array(z.looseObject({ kind: z.string() })) }).parse(JSON.parse(json));
  return {
    workloads: items.filter(({ kind }) => kind !== "Pod").map((it) => workloadSchema.parse(it)),
    pods: items.filter(({ kind }) => kind === "Pod").map((it) => podSchema.parse(it)),
  };
}

/** How many pods of a workload its manifest wants, as `kubectl apply` has written it down; one where an autoscaler says how many. */
export function replicasMeant({ metadata: { annotations } }: Workload): number {
  const applied = annotations["kubectl.kubernetes.io/last-applied-configuration"];
  return appliedSchema.parse(JSON.parse(applied ?? "{}")).spec.replicas;
}

/** The pods of a workload that are to stay; those that go only where there are no others. */
export function podsOf({ pods }: ClusterView, workload: string): Pod[] {
  const all = pods.filter(({ metadata }) => metadata.labels[nameLabel] === workload);
  const staying = all.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return (staying.length > 0 ? staying : all).toSorted((a, b) =>
    a.metadata.name < b.metadata.name ? -1 : 1,
  );
}

/** A container of a workload's pods, which is a part of the mesh. */
interface PartContainer {
  readonly part: string;
  /** The container's own name. */
  readonly name: string;
  readonly image: string;
}

/**
 * The containers of a workload's pods: its parts. Istio's proxy, which is put into pods as they are made, is called as our Envoy is that it
 * stands for: `gateway-proxy` beside the gateway, and `edge` where it is the whole pod.
 */
export function containersOf(view: ClusterView, { metadata, spec }: Workload): PartContainer[] {
  const own = [...spec.template.spec.initContainers, ...spec.template.spec.containers];
  // In a template, a gateway of Istio's has no image yet.
  const [injected] = podsOf(view, metadata.name)
    .flatMap((pod) => [...pod.spec.initContainers, ...pod.spec.containers])
    .filter(({ name }) => name === istioProxy);
  const all = injected === undefined ? own : [...own.filter(({ name }) => name !== istioProxy), injected];
  const isAlone = all.length === 1;
  return all.map(({ name, image }) => ({ part: partName(metadata.name, name, isAlone), name, image }));
}

function partName(workload: string, container: string, isAlone: boolean): string {
  if (container !== istioProxy) return container;
  return isAlone ? workload : `${workload}-proxy`;
}

/** The workload that has a part, and the container of its pods; undefined when none has. */
export function findPart(
  view: ClusterView,
  part: string,
): { workload: Workload; container: string } | undefined {
  for (const workload of view.workloads) {
    const found = containersOf(view, workload).find((it) => it.part === part);
    if (found !== undefined) return { workload, container: found.name };
  }
  return undefined;
}

/** From well to not: a part is as the worst of its containers is. */
const order = ["healthy", "running", "starting", "stopping", "unhealthy", "restarting", "exited"] as const;

/** Why an image does not come, in Kubernetes' words. */
const imageReasons = ["ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"];

/**
 * How each part of the mesh is: a container of every pod of its workload.
 *
 * @param ports of a part, as this machine reaches them.
 */
export function partsOf(view: ClusterView, ports: (part: string) => MeshPart["ports"]): MeshPart[] {
  return view.workloads
    .flatMap((workload) =>
      containersOf(view, workload).map((it) => partOf(view, workload, it, ports(it.part))),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function partOf(
  view: ClusterView,
  workload: Workload,
  { part, name, image }: PartContainer,
  ports: MeshPart["ports"],
): MeshPart {
  const pods = podsOf(view, workload.metadata.name);
  const all = pods.map((pod) => ({ pod, ...instanceOf(pod, name) }));
  const wanted = workload.spec.replicas;
  const worst = order[Math.max(...all.map(({ state }) => order.indexOf(state)))];
  const well = all.filter(({ state }) => state === "healthy").length;
  const isStopped = wanted === 0;
  // Why there are no more pods: a quota, for one.
  const refused = workload.status.conditions.filter(
    (it) => it.type === "ReplicaFailure" && it.status === "True",
  );
  const reasons = new Set([
    ...all.flatMap(({ detail }) => detail ?? []),
    ...refused.map(({ message }) => message),
    ...[view.refused?.[workload.metadata.name] ?? []].flat(),
  ]);
  const count = well < Math.max(wanted, all.length) && !isStopped ? [`${well} of ${wanted} pods`] : [];
  const detail =
    isStopped || reasons.size + count.length === 0 ? undefined : [...count, ...reasons].join("; ");
  return {
    name: part,
    ...(part === name ? {} : { container: name }),
    ...splitImage(image),
    state: isStopped ? "stopped" : (worst ?? "waiting"),
    ...(detail === undefined ? {} : { detail }),
    restarts: all.reduce((sum, { restarts }) => sum + restarts, 0),
    ports,
    pods: pods.map(({ metadata }) => metadata.name),
    run: all.map(({ pod, startedAt }) => `${pod.metadata.name} ${startedAt}`).join(", "),
  };
}

interface Instance {
  readonly state: (typeof order)[number];
  readonly detail?: string;
  readonly restarts: number;
  readonly startedAt: string;
}

function instanceOf(pod: Pod, container: string): Instance {
  const found = statusOf(pod, container);
  const restarts = found?.restartCount ?? 0;
  const { waiting, running, terminated } = found?.state ?? {};
  const startedAt = running?.startedAt ?? "";
  const scheduled = pod.status.conditions.find((it) => it.type === "PodScheduled" && it.status === "False");
  const is = (state: Instance["state"], detail?: string): Instance => ({
    state,
    ...(detail ? { detail } : {}),
    restarts,
    startedAt,
  });
  if (pod.metadata.deletionTimestamp !== undefined) return is("stopping");
  if (scheduled) return is("starting", scheduled.message);
  if (waiting?.reason === "CrashLoopBackOff") return is("restarting", waiting.message);
  if (waiting && imageReasons.includes(waiting.reason))
    return is("unhealthy", `${waiting.reason}: ${waiting.message}`);
  if (terminated) return is("exited", `${terminated.reason} (exit code ${terminated.exitCode})`);
  if (running === undefined) return is("starting");
  if (found?.ready) return is("healthy");
  return is(found?.started === false ? "starting" : "unhealthy");
}

/** How a container of a pod is. */
function statusOf({ status }: Pod, container: string) {
  return [...status.initContainerStatuses, ...status.containerStatuses].find(
    ({ name }) => name === container,
  );
}

/** Why a mesh that comes up never will, as far as that can be seen already. */
export interface Failure {
  readonly part: string;
  readonly pod: string;
  readonly container: string;
  readonly kind: "image" | "crash";
  /** In words, to come after the part's name. */
  readonly reason: string;
  readonly image: string;
}

/** How often a container may be started again before it is not waited for any longer. */
const mostRestarts = 3;

/**
 * Looks at a mesh that comes up.
 *
 * @returns the workloads that are still waited for, and what failed.
 */
export function judgeView(view: ClusterView): { waiting: string[]; failure: Failure | undefined } {
  const waiting = view.workloads
    .filter(({ metadata, spec, status }) => {
      const isSeen = status.observedGeneration >= metadata.generation;
      const isRolled = status.updatedReplicas === spec.replicas && status.replicas === spec.replicas;
      return !(isSeen && isRolled && status.readyReplicas === spec.replicas);
    })
    .map(({ metadata }) => metadata.name);
  const failures = view.pods
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .flatMap((pod) =>
      [...pod.spec.initContainers, ...pod.spec.containers].flatMap((it) => failureOf(pod, it)),
    );
  return { waiting, failure: failures[0] };
}

function failureOf(pod: Pod, { name, image }: z.infer<typeof containerSchema>): Failure[] {
  const found = statusOf(pod, name);
  const reason = found?.state.waiting?.reason ?? "";
  const isAlone = pod.spec.containers.length === 1 && pod.spec.initContainers.length === 0;
  const part = partName(pod.metadata.labels[nameLabel] ?? "", name, isAlone);
  const of = { part, pod: pod.metadata.name, container: name, image };
  if (imageReasons.includes(reason)) {
    return [{ ...of, kind: "image", reason: `has no image (${reason}): ${image}` }];
  }
  if (reason === "CrashLoopBackOff" && (found?.restartCount ?? 0) >= mostRestarts) {
    const times = `ended ${found?.restartCount} times`;
    return [{ ...of, kind: "crash", reason: `${times} as soon as it was started` }];
  }
  return [];
}
