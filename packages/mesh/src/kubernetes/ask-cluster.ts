import { ExitCode, LabError, suggest } from "@envoy-mesh-lab/trace";
import { z } from "zod";
import type { Cluster } from "./kubectl.ts";
import { kubectl, runKubectl, wordsOf } from "./kubectl.ts";
import type { Manifest } from "./manifests.ts";
import { managed } from "./manifests.ts";

/** The context that is no context of kubectl's: a node that `lab` starts on this machine. */
export const localContext = "local";

/** The first minor version of Kubernetes 1 whose native sidecars are stable. */
const oldestMinor = 33;

/** What a user may name with --context. @throws {LabError} (exit code `toolsMissing`) when there is no kubectl. */
export async function readContexts(kubeconfig?: string): Promise<string[]> {
  const anyContext = { context: "", kubeconfig };
  const output = await runKubectl(anyContext, ["config", "get-contexts", "--output=name"]);
  return output.stdout.split("\n").filter((it) => it !== "");
}

/**
 * Judges the name of a cluster: the user has to say it, as the current context may be anybody's.
 *
 * @throws {LabError} (exit code `usage`) that lists the contexts there are.
 */
export function judgeContext(context: string | undefined, known: readonly string[]): void {
  const are =
    known.length > 0 ? `The contexts are: ${known.join(", ")}.` : "Your kubeconfig has no contexts.";
  if (!context) {
    throw new LabError("it is not said which cluster the mesh is to run on", {
      exitCode: ExitCode.usage,
      hint: `Name it with --context; the current context is never taken. ${are} --context ${localContext} starts a node on this machine.`,
    });
  }
  if (context === localContext && known.includes(localContext)) {
    throw new LabError(`your kubeconfig has a context ${localContext}, and lab starts a node by that name`, {
      exitCode: ExitCode.usage,
      hint: `Rename yours to use it (kubectl config rename-context ${localContext} …), or unset KUBECONFIG to start a node.`,
    });
  }
  if (context !== localContext && !known.includes(context)) {
    throw new LabError(`there is no context "${context}"`, {
      exitCode: ExitCode.usage,
      hint: `${suggest(context, known)}${are}`,
    });
  }
}

const versionSchema = z.object({ major: z.string(), minor: z.string(), gitVersion: z.string() });

/**
 * Makes sure that a cluster answers, is new enough, and lets this user do what is needed.
 *
 * @throws {LabError} with exit code `notRunning` when it does not answer, `composeInvalid` when it is too old, `usage` for a lack of
 * rights, which it lists.
 */
export async function askCluster(
  cluster: Cluster,
  namespace: string,
  objects: readonly Manifest[],
  signal?: AbortSignal,
): Promise<void> {
  const limit = "--request-timeout=10s";
  const asked = await runKubectl(cluster, ["get", "--raw", "/version", limit], { signal });
  if (asked.code !== 0) {
    throw new LabError(`the cluster ${cluster.context} does not answer:\n${wordsOf(asked)}`, {
      exitCode: ExitCode.notRunning,
      hint: "start it, or sign in to it again; these are kubectl's own words",
    });
  }
  const { major, minor, gitVersion } = versionSchema.parse(JSON.parse(asked.stdout));
  if (Number(major) === 1 && Number.parseInt(minor, 10) < oldestMinor) {
    throw new LabError(`the cluster ${cluster.context} runs Kubernetes ${gitVersion}`, {
      exitCode: ExitCode.composeInvalid,
      hint: `the mesh takes 1.${oldestMinor} or newer, where native sidecars are stable`,
    });
  }
  const reviews = reviewsFor(namespace, objects);
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: reviews });
  const answered = await kubectl(cluster, ["create", "-f", "-", "-o", answerTemplate, limit], {
    input,
    signal,
  });
  const denied = deniedOf(answered);
  if (denied.length > 0) {
    throw new LabError(`you may not run the mesh on ${cluster.context}: ${denied.join("; ")}`, {
      exitCode: ExitCode.usage,
      hint: "ask who runs the cluster for these rights (RBAC); nothing was put there",
    });
  }
}

const plurals: Readonly<Record<string, string>> = {
  NetworkPolicy: "networkpolicies",
  StorageClass: "storageclasses",
};
const clusterWide = new Set(["Namespace", "PersistentVolume", "StorageClass"]);

/** Questions whether the user may do what bringing the mesh up, looking at it and taking it away need. */
export function reviewsFor(namespace: string, objects: readonly Manifest[]): object[] {
  const kinds = new Map(objects.map((it) => [it.kind, it.apiVersion]));
  const ofObjects = [...kinds].flatMap(([kind, apiVersion]) => {
    const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
    const resource = plurals[kind] ?? `${kind.toLowerCase()}s`;
    return ["create", "delete"].map((verb) => ({
      group,
      resource,
      verb,
      ...(clusterWide.has(kind) ? {} : { namespace }),
    }));
  });
  const ofPods = [
    { resource: "pods", verb: "list" },
    { resource: "pods", subresource: "log", verb: "get" },
    { resource: "pods", subresource: "portforward", verb: "create" },
    { resource: "pods", subresource: "exec", verb: "create" },
  ].map((it) => ({ group: "", namespace, ...it }));
  return [...ofObjects, ...ofPods].map((resourceAttributes) => ({
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes },
  }));
}

/** What kubectl is to print of an answered review: a line such as "create pods exec true". */
const answerTemplate = [
  "jsonpath={.spec.resourceAttributes.verb}{' '}{.spec.resourceAttributes.resource}{' '}",
  "{.spec.resourceAttributes.subresource}{' '}{.status.allowed}{'\\n'}",
].join("");

/** What is not allowed, in words, of the lines that kubectl printed of answered reviews. */
export function deniedOf(lines: string): string[] {
  return lines
    .split("\n")
    .map((it) => it.split(" "))
    .filter(([verb, , , allowed]) => verb !== "" && allowed !== "true")
    .map(([verb, resource, subresource]) => `${verb} ${resource}${subresource ? `/${subresource}` : ""}`);
}

/**
 * Makes sure that a namespace may be taken for the mesh.
 *
 * @param isKnown whether this `lab` has put the mesh there.
 * @throws {LabError} (exit code `usage`) when it is another's, or has a mesh that runs already.
 */
export async function askNamespace(
  cluster: Cluster,
  namespace: string,
  isKnown: boolean,
  signal?: AbortSignal,
): Promise<void> {
  const args = ["get", "namespace", namespace, "--ignore-not-found", "-o", "json"];
  const text = await kubectl(cluster, args, { signal });
  if (text.trim() === "") return;
  const found = z
    .object({ metadata: z.object({ labels: z.record(z.string(), z.string()).default({}) }) })
    .parse(JSON.parse(text));
  const another = "Give the mesh a name of its own: lab up --kubernetes --project-name NAME.";
  if (found.metadata.labels[managed.label] !== managed.value) {
    throw new LabError(`${cluster.context} has a namespace ${namespace} already, which lab did not make`, {
      exitCode: ExitCode.usage,
      hint: another,
    });
  }
  const running = await kubectl(cluster, ["get", "deployments", "-n", namespace, "-o", "name"], { signal });
  if (!isKnown && running.trim() !== "") {
    throw new LabError(
      `the mesh ${namespace} runs on ${cluster.context} already, brought up from elsewhere`,
      {
        exitCode: ExitCode.usage,
        hint: `${another} To take that one away: kubectl --context ${cluster.context} delete namespace ${namespace}.`,
      },
    );
  }
}
