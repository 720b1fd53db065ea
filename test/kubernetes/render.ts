import { execFileSync } from "node:child_process";
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

/**
 * Renders folders with Kustomize, and has Kubernetes' own libraries read them strictly and hold their pods to the restricted
 * profile (test/kubernetes/manifests/main.go). The first time, the program is built.
 *
 * @param folders from the top of the repository, or absolute.
 * @throws Error with Kustomize's words when a folder cannot be rendered.
 */
export async function render(...folders: string[]): Promise<Rendered[]> {
  const path = await goTool({
    name: "manifests",
    title: "the reader of Kubernetes manifests",
    version: "1.35.4",
    purpose: "renders kubernetes/ and reads it as Kubernetes does",
    module: "test/kubernetes/manifests",
    package: ".",
    sources: ["main.go"],
  });
  const output = execFileSync(path, folders, { cwd: repoRoot, encoding: "utf8", maxBuffer: 2 ** 26 });
  return z.array(renderedSchema).parse(JSON.parse(output));
}

/** The folders that a user can apply. */
export const overlays = ["kubernetes/base", "kubernetes/overlays/one-node", "kubernetes/overlays/s3"];
