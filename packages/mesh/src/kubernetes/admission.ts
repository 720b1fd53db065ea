import { z } from "zod";
import type { ClusterView } from "./parts.ts";
import { nameLabel } from "./parts.ts";

/** The StatefulSets that have fewer pods than they want, which they say nothing of but in events. */
export function lackingPods({ workloads }: ClusterView): string[] {
  return workloads
    .filter(({ kind, spec, status }) => kind === "StatefulSet" && status.replicas < spec.replicas)
    .map(({ metadata }) => metadata.name);
}

const eventsSchema = z.object({
  items: z.array(
    z.looseObject({
      message: z.string().default(""),
      involvedObject: z.object({ kind: z.string().default(""), name: z.string().default("") }),
      lastTimestamp: z.string().nullish(),
      eventTime: z.string().nullish(),
    }),
  ),
});

/** The newest refusal of each StatefulSet, of what `kubectl get events -o json` printed of those whose reason is FailedCreate. */
export function refusalsOf(json: string): Record<string, string> {
  const at = (it: { lastTimestamp?: string | null | undefined; eventTime?: string | null | undefined }) =>
    Date.parse(it.lastTimestamp ?? it.eventTime ?? "") || 0;
  const { items } = eventsSchema.parse(JSON.parse(json));
  const those = items.filter(({ involvedObject }) => involvedObject.kind === "StatefulSet");
  return Object.fromEntries(
    those
      .toSorted((a, b) => at(a) - at(b))
      .map(({ involvedObject, message }) => [involvedObject.name, message]),
  );
}

/** The containers that pods have and their manifests do not: whoever runs the cluster has put them there. */
export function addedContainers({ workloads, pods }: ClusterView): string[] {
  const meant = new Map(
    workloads.map(({ metadata, spec: { template } }) => {
      const own = [...template.spec.initContainers, ...template.spec.containers];
      return [metadata.name, new Set(own.map(({ name }) => name))];
    }),
  );
  const added = pods.flatMap(({ metadata, spec }) => {
    const known = meant.get(metadata.labels[nameLabel] ?? "");
    const all = [...spec.initContainers, ...spec.containers].map(({ name }) => name);
    return known === undefined ? [] : all.filter((it) => !known.has(it));
  });
  return [...new Set(added)].sort();
}
