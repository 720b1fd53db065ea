import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import type { ObjectId } from "./record.ts";

/** Says of an object that `lab up` put it there. */
export const managed = { label: "app.kubernetes.io/managed-by", value: "envoy-mesh-lab" } as const;

/** Says of a namespace that whoever runs the cluster has made it for a mesh. */
export const given = { label: "envoy-mesh-lab", value: "given" } as const;

const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
  }),
});

/** An object of Kubernetes, of which little needs to be known. */
export type Manifest = z.infer<typeof objectSchema>;

/** What is different from what the folder of manifests says. */
export interface Adaptation {
  /** The namespace that the mesh is to be in. */
  readonly namespace: string;
  /** The origin of the page, which the edge lets call it. */
  readonly pageOrigin: string;
  /** The folder of the volumes of overlays/one-node. Default: as it says */
  readonly volumes?: string | undefined;
}

/** Where overlays/one-node has its volumes. */
const oneNodeVolumes = "/var/lib/envoy-mesh-lab/";

/** Reads what `kubectl kustomize` printed. @throws {LabError} (exit code `composeInvalid`) when that is no mesh in one namespace. */
export function readManifests(yaml: string): Manifest[] {
  const objects = parseAllDocuments(yaml).map((it) => objectSchema.parse(it.toJS()));
  const namespaces = objects.filter(({ kind }) => kind === "Namespace");
  if (namespaces.length !== 1) {
    throw new LabError(`the manifests have ${namespaces.length} namespaces`, {
      exitCode: ExitCode.composeInvalid,
      hint: "the mesh goes into one namespace of its own: base your folder on kubernetes/base",
    });
  }
  return objects;
}

/** The manifests as they go into the cluster: marked as the lab's, and in the mesh's own namespace. */
export function adapt(
  objects: readonly Manifest[],
  { namespace, pageOrigin, volumes }: Adaptation,
): Manifest[] {
  const own = objects.find(({ kind }) => kind === "Namespace")?.metadata.name;
  const text = (it: string): string => {
    if (volumes !== undefined && it.startsWith(oneNodeVolumes)) {
      return `${volumes}/${it.slice(oneNodeVolumes.length)}`;
    }
    return it;
  };
  const walk = (value: unknown): unknown => {
    if (typeof value === "string") return text(value);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).map(([key, it]) => [
      key,
      key === "namespace" && it === own ? namespace : walk(it),
    ]);
    const changed = Object.fromEntries(entries) as Record<string, unknown>;
    return changed.name === "PAGE_ORIGIN" ? { ...changed, value: pageOrigin } : changed;
  };
  return objects.map((it) => {
    const object = objectSchema.parse(walk(it));
    const name = object.kind === "Namespace" ? namespace : object.metadata.name;
    const labels = { ...object.metadata.labels, [managed.label]: managed.value };
    return { ...object, metadata: { ...object.metadata, name, labels } };
  });
}

/** What identifies an object. */
export function idOf({ apiVersion, kind, metadata: { name, namespace } }: Manifest): ObjectId {
  return { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** Those of the first that are not among the second. */
export function without(objects: readonly ObjectId[], others: readonly ObjectId[]): ObjectId[] {
  const key = ({ apiVersion, kind, name, namespace = "" }: ObjectId) =>
    [apiVersion, kind, namespace, name].join(" ");
  const known = new Set(others.map(key));
  return objects.filter((it) => !known.has(key(it)));
}

/** Objects as `kubectl delete -f -` takes them. */
export function asList(objects: readonly (ObjectId | Manifest)[]): string {
  const items = objects.map((it) =>
    "metadata" in it
      ? it
      : {
          apiVersion: it.apiVersion,
          kind: it.kind,
          metadata: { name: it.name, ...(it.namespace === undefined ? {} : { namespace: it.namespace }) },
        },
  );
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}
