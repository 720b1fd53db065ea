import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { z } from "zod";
import type { MeshFolder } from "../native/mesh-folder.ts";
import { endKeeper } from "./keeper/keeper.ts";
import type { Cluster } from "./kubectl.ts";
import { kubectl, kubectlInWords, runKubectl, wordsOf } from "./kubectl.ts";
import { asList } from "./manifests.ts";
import type { ClusterRecord } from "./record.ts";
import { readRecord } from "./record.ts";

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

const partOfMesh = "app.kubernetes.io/part-of=envoy-mesh-lab";

/** Whether `lab up` has made the namespace. One that was given to the mesh stays, with what its owner has in it. */
function isOwn({ objects }: ClusterRecord): boolean {
  return objects.some(({ kind }) => kind === "Namespace");
}

async function deleteObjects(record: ClusterRecord, volumes: boolean): Promise<string[]> {
  const { cluster, namespace, objects } = record;
  const hint = `These are kubectl's own words. When the cluster is gone for good, remove the folder of the mesh in .lab.`;
  const patience = ["--ignore-not-found", "--timeout=150s"];
  const these = objects.filter(({ kind }) => kind !== "Namespace");
  if (these.length > 0) {
    await kubectl(cluster, ["delete", "-f", "-", ...patience], { input: asList(these), hint });
  }
  const claims = ["persistentvolumeclaims", "-n", namespace, "-l", partOfMesh];
  if (volumes) await kubectl(cluster, ["delete", ...claims, ...patience], { hint });
  else await deleteUnmet(cluster, claims);
  if (!isOwn(record)) {
    const left = await kubectl(cluster, ["get", ...claims, "-o", "name"], { hint });
    return left.split("\n").filter((it) => it !== "");
  }
  const left = await leftIn(record);
  if (left.length === 0) await kubectl(cluster, ["delete", "namespace", namespace, ...patience], { hint });
  return left;
}

const claimsSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({ phase: z.string().default("Pending") }),
    }),
  ),
});

/** A claim that nobody has made a volume for holds nothing that could be lost, and would keep the namespace. */
async function deleteUnmet(cluster: Cluster, claims: readonly string[]): Promise<void> {
  const { items } = claimsSchema.parse(JSON.parse(await kubectl(cluster, ["get", ...claims, "-o", "json"])));
  const unmet = items.filter(({ status }) => status.phase === "Pending").map(({ metadata }) => metadata.name);
  if (unmet.length === 0) return;
  const [kind = "", ...inNamespace] = claims.slice(0, 3);
  await kubectl(cluster, ["delete", kind, ...unmet, ...inNamespace, "--ignore-not-found", "--timeout=60s"]);
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

/** What Kubernetes itself, or Istio, puts into every namespace. */
const always = [
  "ConfigMap/kube-root-ca.crt",
  "ConfigMap/istio-ca-root-cert",
  "ConfigMap/istio-ca-crl",
  "ServiceAccount/default",
];
/** Kinds of what is made of other objects, and goes after them. */
const derived = ["events", "endpoints", "endpointslices", "controllerrevisions", "leases"];

/** What is in the namespace now, of whatever kind the cluster knows, and is not on its way out. */
async function leftIn({ cluster, namespace }: ClusterRecord): Promise<string[]> {
  const listed = await runKubectl(cluster, [
    ...["api-resources", "--namespaced", "--verbs=list,delete", "--output=name"],
  ]);
  const kinds = listed.stdout
    .split("\n")
    .filter((it) => it !== "" && !derived.includes(it.split(".")[0] ?? ""));
  const found =
    listed.code === 0
      ? await runKubectl(cluster, ["get", kinds.join(","), "-n", namespace, "-o", "json"])
      : listed;
  if (found.code !== 0) {
    throw new LabError(`it cannot be seen what is left in ${namespace}:\n${wordsOf(found)}`, {
      exitCode: ExitCode.notRunning,
      hint: `What lab up has put there is gone; the namespace was left, with what else may be in it.`,
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
export function describeLeft(left: readonly string[], record: ClusterRecord): string[] {
  if (left.length === 0) return [];
  const { cluster, namespace } = record;
  const what = isOwn(record)
    ? `namespace ${namespace}`
    : `persistentvolumeclaims --namespace ${namespace} --selector ${partOfMesh}`;
  return [
    `Left in the namespace ${namespace} of ${cluster.context}: ${left.join(", ")}.`,
    `To remove that, too: ${kubectlInWords(cluster)} delete ${what}`,
  ];
}
