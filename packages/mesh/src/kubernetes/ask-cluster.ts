import { isIPv6 } from "node:net";
import { ExitCode, LabError, suggest } from "@envoy-mesh-lab/trace";
import { z } from "zod";
import type { Cluster } from "./kubectl.ts";
import { kubectl, kubectlInWords, runKubectl, wordsOf } from "./kubectl.ts";
import type { Manifest } from "./manifests.ts";
import { asList, given, managed } from "./manifests.ts";

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

const limit = "--request-timeout=10s";

/**
 * Makes sure that a cluster answers and is new enough.
 *
 * @throws {LabError} with exit code `notRunning` when it does not answer, `composeInvalid` when it is too old.
 */
export async function askVersion(cluster: Cluster, signal?: AbortSignal): Promise<void> {
  const asked = await runKubectl(cluster, ["get", "--raw", "/version", limit], { signal });
  if (asked.code !== 0) {
    throw noAnswer(cluster, wordsOf(asked));
  }
  const { major, minor, gitVersion } = versionSchema.parse(JSON.parse(asked.stdout));
  if (Number(major) === 1 && Number.parseInt(minor, 10) < oldestMinor) {
    throw new LabError(`the cluster ${cluster.context} runs Kubernetes ${gitVersion}`, {
      exitCode: ExitCode.composeInvalid,
      hint: `the mesh takes 1.${oldestMinor} or newer, where native sidecars are stable`,
    });
  }
}

/** What kubectl says where it has no credentials, the cluster takes none of them, or either's certificate or clock is not the other's. */
const signInWords =
  /Unauthorized|must be logged in|getting credentials|x509:|tls: |certificate has expired|no Auth Provider|exec plugin/;

/** An error for a cluster that gives no answer, in kubectl's words. */
export function noAnswer({ context }: Cluster, words: string): LabError {
  return signInWords.test(words)
    ? new LabError(`${context} and this machine do not let each other in:\n${words}`, {
        exitCode: ExitCode.notRunning,
        hint: "These are kubectl's own words. Sign in to the cluster again, install what its kubeconfig runs for that, and compare the clocks.",
      })
    : new LabError(`the cluster ${context} does not answer:\n${words}`, {
        exitCode: ExitCode.notRunning,
        hint: "start it, or look at its address and its proxy in the kubeconfig; these are kubectl's own words",
      });
}

/**
 * Makes sure that pods can be reached where the mesh listens, which is on addresses of IPv4. Where this user may not ask, it is not known.
 *
 * @throws {LabError} (exit code `composeInvalid`) when the first addresses of the cluster are of IPv6.
 */
export async function askFamily(cluster: Cluster, signal?: AbortSignal): Promise<void> {
  const args = ["get", "service", "kubernetes", "-n", "default", "-o", "jsonpath={.spec.clusterIP}", limit];
  const { code, stdout } = await runKubectl(cluster, args, { signal });
  if (code === 0 && isIPv6(stdout.trim())) {
    throw new LabError(`the addresses of ${cluster.context} are of IPv6 (${stdout.trim()})`, {
      exitCode: ExitCode.composeInvalid,
      hint: "the mesh listens on addresses of IPv4; it takes a cluster of IPv4, or of both with IPv4 first",
    });
  }
}

/**
 * Makes sure that a cluster knows every API that some objects are of: what is not Kubernetes' own is there only with its owner.
 *
 * @throws {LabError} (exit code `composeInvalid`) that lists the unknown ones.
 */
export async function askApis(
  cluster: Cluster,
  objects: readonly Manifest[],
  signal?: AbortSignal,
): Promise<void> {
  const known = (await kubectl(cluster, ["api-versions", limit], { signal })).split("\n");
  const unknown = new Set(objects.map(({ apiVersion }) => apiVersion).filter((it) => !known.includes(it)));
  if (unknown.size === 0) return;
  const isIstio = [...unknown].some((it) => it.includes(".istio.io/"));
  const hint = isIstio
    ? "Istio is not there, or older than 1.22: docs/istio.md says how the mesh wants it installed."
    : "Install what they belong to, or leave out what needs them, in a folder of yours.";
  throw new LabError(`the cluster ${cluster.context} does not know ${[...unknown].join(", ")}`, {
    exitCode: ExitCode.composeInvalid,
    hint: `${hint} Nothing was put there.`,
  });
}

/**
 * Makes sure that this user may do all of some things.
 *
 * @throws {LabError} (exit code `usage`) that lists what is not allowed.
 */
export async function askRights(
  cluster: Cluster,
  reviews: readonly object[],
  signal?: AbortSignal,
): Promise<void> {
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
  Telemetry: "telemetries",
};
const clusterWide = new Set(["Namespace", "PersistentVolume", "StorageClass"]);

/** Questions whether the user may put these objects there and take them away again. */
export function reviewsOf(namespace: string, objects: readonly Manifest[]): object[] {
  const kinds = new Map(objects.map((it) => [it.kind, it.apiVersion]));
  return [...kinds].flatMap(([kind, apiVersion]) => {
    const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
    const resource = plurals[kind] ?? `${kind.toLowerCase()}s`;
    const where = clusterWide.has(kind) ? {} : { namespace };
    return ["get", "create", "patch", "delete"].map((verb) => review({ group, resource, verb, ...where }));
  });
}

/** Questions whether the user may look at a mesh in that namespace, reach it, and do something to its parts. */
export function reviewsOfUse(namespace: string): object[] {
  return [
    { resource: "namespaces", verb: "get", name: namespace },
    ...["list", "watch", "delete"].map((verb) => ({ resource: "pods", verb })),
    { resource: "pods", subresource: "log", verb: "get" },
    { resource: "pods", subresource: "portforward", verb: "create" },
    { resource: "pods", subresource: "exec", verb: "create" },
    ...["deployments", "statefulsets"].flatMap((resource) => [
      { group: "apps", resource, verb: "list" },
      { group: "apps", resource, subresource: "scale", verb: "patch" },
    ]),
  ].map((it) => review({ group: "", namespace, ...it }));
}

function review(resourceAttributes: object): object {
  return {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes },
  };
}

/** What kubectl is to print of an answered review: a line such as "create pods exec true". */
const answerTemplate = [
  "jsonpath={.spec.resourceAttributes.verb}{' '}{.spec.resourceAttributes.resource}{' '}",
  "{.spec.resourceAttributes.subresource}{' '}{.status.allowed}{'\\n'}",
].join("");

/** What is not allowed, in words such as "get, create pods", of the lines that kubectl printed of answered reviews. */
export function deniedOf(lines: string): string[] {
  const verbs = new Map<string, string[]>();
  for (const line of lines.split("\n")) {
    const [verb = "", resource = "", subresource, allowed] = line.split(" ");
    if (verb === "" || allowed === "true") continue;
    const what = subresource ? `${resource}/${subresource}` : resource;
    verbs.set(what, [...(verbs.get(what) ?? []), verb]);
  }
  return [...verbs].map(([what, its]) => `${its.join(", ")} ${what}`);
}

/**
 * Looks at the namespace that the mesh is to be in, and at what it would put there.
 *
 * @param isKnown whether this `lab` has put the mesh there.
 * @param objects what it would put there, beside the namespace.
 * @returns whose it is: `given`, where its owner has labelled it for a mesh, and it is neither changed nor removed then; else `own`.
 * @throws {LabError} (exit code `usage`) when it is another's, or holds what the mesh would take the place of.
 */
export async function askNamespace(
  cluster: Cluster,
  namespace: string,
  isKnown: boolean,
  objects: readonly Manifest[],
  signal?: AbortSignal,
): Promise<"own" | "given"> {
  const args = ["get", "namespace", namespace, "--ignore-not-found", "-o", "json"];
  const text = await kubectl(cluster, args, { signal });
  const another = "Give the mesh a name of its own: lab up --kubernetes --project-name NAME.";
  const refuse = (message: string, hint: string) => new LabError(message, { exitCode: ExitCode.usage, hint });
  let labels: Record<string, string> = {};
  if (text.trim() !== "") {
    labels = namespaceSchema.parse(JSON.parse(text)).metadata.labels;
    const isForMesh = labels[managed.label] === managed.value || labels[given.label] === given.value;
    if (!isForMesh) {
      throw refuse(
        `${cluster.context} has a namespace ${namespace} already, which lab did not make`,
        `${another} Or give that one to it: ${kubectlInWords(cluster)} label namespace ${namespace} ${given.label}=${given.value}.`,
      );
    }
  }
  if (!isKnown) await refuseOthers(cluster, namespace, text.trim() !== "", objects, refuse, signal);
  return labels[given.label] === given.value ? "given" : "own";
}

const namespaceSchema = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()).default({}) }),
});

/** What works in a namespace: the mesh's NetworkPolicies would cut it off. */
const workKinds = "deployments,statefulsets,daemonsets,jobs,cronjobs,pods";

async function refuseOthers(
  cluster: Cluster,
  namespace: string,
  isThere: boolean,
  objects: readonly Manifest[],
  refuse: (message: string, hint: string) => LabError,
  signal: AbortSignal | undefined,
): Promise<void> {
  const names = (text: string) => text.split("\n").filter((it) => it !== "");
  const alone = "A mesh is alone in its namespace: give it another one with --project-name NAME, or";
  if (isThere) {
    const asked = ["get", workKinds, "-n", namespace, "-o", "name"];
    const working = names(await kubectl(cluster, asked, { signal }));
    if (working.length > 0) {
      throw refuse(
        `something runs in the namespace ${namespace} of ${cluster.context}: ${few(working)}`,
        `${alone} take away what runs there. If that is a mesh brought up from elsewhere: ${kubectlInWords(cluster)} delete namespace ${namespace}.`,
      );
    }
  }
  const asked = ["get", "--ignore-not-found", "-o", "name", "-f", "-"];
  const held = names(await kubectl(cluster, asked, { input: asList(objects), signal }));
  if (held.length > 0) {
    throw refuse(
      `${cluster.context} has what the mesh would take the place of: ${few(held)}`,
      `${alone} remove these. What belongs to no namespace, such as a PersistentVolume, needs another name: in a folder of yours, with --kustomize.`,
    );
  }
}

/** The first of some names, and how many more there are. */
function few(names: readonly string[]): string {
  const [shown, more] = [names.slice(0, 5).join(", "), names.length - 5];
  return more > 0 ? `${shown} and ${more} more` : shown;
}
