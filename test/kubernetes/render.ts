import { execFileSync, spawnSync } from "node:child_process";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { z } from "zod";
import { goTool } from "../go-tool.ts";

const renderedSchema = z.object({
  folder: z.string(),
  objects: z.array(
    z.looseObject({
      kind: z.string(),
      metadata: z.looseObject({ name: z.string() }),
      spec: z.unknown().optional(),
    }),
  ),
  /** What Kubernetes' own libraries say against it: fields that its API does not know, rights that are too many. */
  problems: z.array(z.string()),
});

/** What Kustomize makes of a folder. */
export type Rendered = z.infer<typeof renderedSchema>;

/** The program that reads manifests; the first time, it is built. */
function reader(): Promise<string> {
  return goTool({
    name: "manifests",
    title: "the reader of Kubernetes manifests",
    version: "1.35.4",
    purpose: "renders kubernetes/ and reads it as Kubernetes does",
    module: "test/kubernetes/manifests",
    package: ".",
    sources: ["main.go", "istio.go"],
  });
}

/**
 * Renders folders with Kustomize, and has Kubernetes' own libraries read them strictly and hold their pods to the restricted
 * profile (test/kubernetes/manifests/main.go); Istio's objects
 * are read by Istio's own types.
 *
 * @param folders from the top of the repository, or absolute.
 * @throws Error with Kustomize's words when a folder cannot be rendered.
 */
export async function render(...folders: string[]): Promise<Rendered[]> {
  const path = await reader();
  const output = execFileSync(path, folders, { cwd: repoRoot, encoding: "utf8", maxBuffer: 2 ** 26 });
  return z.array(renderedSchema).parse(JSON.parse(output));
}

/**
 * Reads a file of Istio's MeshConfig, or of Helm values with one, by Istio's own types.
 *
 * @returns what is wrong with it; undefined when nothing is.
 */
export async function wrongInMeshConfig(file: string): Promise<string | undefined> {
  const { status, stderr } = spawnSync(await reader(), ["-mesh-config", file], {
    cwd: repoRoot,
    encoding: "utf8",
  });
  return status === 0 ? undefined : stderr;
}

/** The folders that a user can apply to any cluster; what is in them has our own Envoys. */
export const overlays = ["kubernetes/base", "kubernetes/overlays/one-node", "kubernetes/overlays/s3"];
