import { z } from "zod";
import type { Rendered } from "./render.ts";

const probeSchema = z.looseObject({});
const containerSchema = z.object({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()).default([]),
  args: z.array(z.string()).default([]),
  env: z.array(z.object({ name: z.string(), value: z.string().optional() })).default([]),
  ports: z.array(z.object({ containerPort: z.number() })).default([]),
  resources: z.object({
    requests: z.record(z.string(), z.string()),
    limits: z.record(z.string(), z.string()),
  }),
  readinessProbe: probeSchema.optional(),
  livenessProbe: probeSchema.optional(),
  restartPolicy: z.string().optional(),
});
const specSchema = z.object({
  template: z.object({
    spec: z.object({
      initContainers: z.array(containerSchema).default([]),
      containers: z.array(containerSchema),
      terminationGracePeriodSeconds: z.number(),
      automountServiceAccountToken: z.boolean().default(true),
      enableServiceLinks: z.boolean().default(true),
      hostAliases: z.array(z.object({ ip: z.string(), hostnames: z.array(z.string()) })).default([]),
    }),
  }),
});

/** A container of a pod, and the pod. */
export type Container = z.infer<typeof containerSchema>;
export interface Workload {
  readonly name: string;
  readonly pod: z.infer<typeof specSchema>["template"]["spec"];
  readonly containers: readonly Container[];
}

/** The Deployments and StatefulSets among what was rendered. */
export function workloadsOf({ objects }: Rendered): Workload[] {
  return objects
    .filter(({ kind }) => ["Deployment", "StatefulSet"].includes(kind))
    .map(({ metadata, spec }) => {
      const pod = specSchema.parse(spec).template.spec;
      return { name: metadata.name, pod, containers: [...pod.initContainers, ...pod.containers] };
    });
}
