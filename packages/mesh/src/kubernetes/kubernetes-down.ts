import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { z } from "zod";
import type { MeshFolder } from "../native/mesh-folder.ts";
import { endKeeper } from "./keeper/keeper.ts";
import { kubectl, runKubectl } from "./kubectl.ts";
import { asList } from "./manifests.ts";
import type { ClusterRecord } from "./record.ts";
import { readRecord } from "./record.ts";

/** Kinds of which somebody else may have put one into the mesh's namespace. */
const kinds = [
  "deployments,statefulsets,daemonsets,jobs,cronjobs,pods,services,configmaps,secrets,persistentvolumeclaims",
  "ingresses,serviceaccounts,roles,rolebindings",
].join(",");

/**
 * Takes away what was put into a cluster, and nothing else; a node of this machine ends with all that is on it, and is none of this.
 *
 * @returns what is left there, in words: volumes unless they are to go, and the namespace while anything else is in it.
 * @throws {LabError} (exit code `notRunning`) when the cluster does not answer.
 */
export async function takeAway(folder: MeshFolder, { volumes }: { volumes: boolean }): Promise<string[]> {
  const record = readRecord(folder);
  try {
    return record === undefined || record.node !== undefined ? [] : await deleteObjects(record, volumes);
  } finally {
    await endKeeper(folder);
  }
}

async function deleteObjects(record: ClusterRecord, volumes: boolean): Promise<string[]> {
  const { cluster, namespace, objects } = record;
  const hint = `These are kubectl's own words. When the cluster is gone for good, remove the folder of the mesh in .lab.`;
  const patience = ["--ignore-not-found", "--timeout=150s"];
  const these = objects.filter(({ kind }) => kind !== "Namespace");
  if (these.length > 0) {
    await kubectl(cluster, ["delete", "-f", "-", ...patience], { input: asList(these), hint });
  }
  const selector = ["-n", namespace, "-l", `app.kubernetes.io/part-of=envoy-mesh-lab`];
  if (volumes)
    await kubectl(cluster, ["delete", "persistentvolumeclaims", ...selector, ...patience], { hint });
  const left = await leftIn(record);
  const isOurs = objects.some(({ kind }) => kind === "Namespace");
  if (left.length === 0 && isOurs) {
    await kubectl(cluster, ["delete", "namespace", namespace, ...patience], { hint });
    return [];
  }
  return left;
}

const listSchema = z.object({
  items: z.array(
    z.object({
      kind: z.string(),
      metadata: z.object({
        name: z.string(),
        deletionTimestamp: z.string().optional(),
        ownerReferences: z.array(z.unknown()).default([]),
      }),
    }),
  ),
});

/** What Kubernetes itself puts into every namespace. */
const always = ["ConfigMap/kube-root-ca.crt", "ServiceAccount/default"];

/** What is in the namespace now, and is not on its way out. */
async function leftIn({ cluster, namespace }: ClusterRecord): Promise<string[]> {
  const found = await runKubectl(cluster, ["get", kinds, "-n", namespace, "-o", "json"]);
  if (found.code !== 0) {
    throw new LabError(`it cannot be seen what is left in ${namespace}:\n${found.stderr.trim()}`, {
      exitCode: ExitCode.notRunning,
      hint: `kubectl --context ${cluster.context} get all -n ${namespace} shows it. The namespace was left there.`,
    });
  }
  return listSchema
    .parse(JSON.parse(found.stdout))
    .items.filter(
      ({ metadata }) => metadata.deletionTimestamp === undefined && metadata.ownerReferences.length === 0,
    )
    .map(({ kind, metadata }) => `${kind}/${metadata.name}`)
    .filter((it) => !always.includes(it));
}

/** What to say of what was left. */
export function describeLeft(left: readonly string[], { cluster, namespace }: ClusterRecord): string[] {
  if (left.length === 0) return [];
  return [
    `Left in the namespace ${namespace} of ${cluster.context}: ${left.join(", ")}.`,
    `To remove that, too: kubectl --context ${cluster.context} delete namespace ${namespace}`,
  ];
}
