import { readFileSync } from "node:fs";
import { LabError } from "@envoy-mesh-lab/trace";
import { z } from "zod";
import type { MeshFolder } from "../native/mesh-folder.ts";
import { writeAtomically } from "../native/mesh-folder.ts";

/** What identifies an object of a cluster. */
const objectSchema = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  namespace: z.string().optional(),
});
export type ObjectId = z.infer<typeof objectSchema>;

const recordSchema = z.object({
  cluster: z.object({
    context: z.string(),
    kubeconfig: z.string().optional(),
    kubectl: z.string().optional(),
  }),
  namespace: z.string(),
  /** The folder that was rendered. */
  kustomize: z.string(),
  /** All that was put into the cluster. */
  objects: z.array(objectSchema),
  /** The folder of the node that was started for the mesh, where one was. */
  node: z.string().optional(),
  /** The port on 127.0.0.1 of each part that is reached from this machine, by "part:port". */
  ports: z.record(z.string(), z.number()),
  /** Whether the page of the mesh is served. */
  page: z.boolean(),
});

/** Where a mesh is that runs on Kubernetes, and what was put there. */
export type ClusterRecord = z.infer<typeof recordSchema>;

/** Reads what the last `lab up` on a cluster wrote down; undefined when the mesh is on none. @throws {LabError} when it is damaged. */
export function readRecord(folder: MeshFolder): ClusterRecord | undefined {
  let text: string;
  try {
    text = readFileSync(folder.kubernetes, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new LabError(`${folder.kubernetes} is damaged: ${error instanceof Error ? error.message : error}`, {
      hint: "take the mesh away with kubectl, then remove the folder that the file is in",
      cause: error,
    });
  }
}

export function writeRecord(folder: MeshFolder, record: ClusterRecord): Promise<void> {
  return writeAtomically(folder.kubernetes, JSON.stringify(record, null, 2), 0o600);
}

/** How a port is named in a record. */
export function portKey(service: string, port: number): string {
  return `${service}:${port}`;
}
