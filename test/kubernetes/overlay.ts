import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { stringify } from "yaml";

/** What a kustomization.yaml has beside its base. */
export interface Overlay {
  readonly base?: string;
  readonly patches?: readonly object[] | undefined;
  readonly [key: string]: unknown;
}

/** A folder of the user's own, with volumes in memory, as this node makes none. */
export function writeOverlay(
  folder: string,
  { base = "kubernetes/base", patches = [], ...more }: Overlay,
): void {
  mkdirSync(folder, { recursive: true });
  const volume = (name: string) => [
    { op: "remove", path: "/spec/volumeClaimTemplates" },
    { op: "add", path: "/spec/template/spec/volumes/-", value: { name, emptyDir: {} } },
  ];
  const patch = (name: string, of: string) => ({
    target: { kind: "StatefulSet", name },
    patch: JSON.stringify(volume(of)),
  });
  const kustomization = {
    resources: [relative(folder, join(repoRoot, base))],
    patches: [patch("otel-collector", "queue"), patch("tempo", "data"), ...patches],
    ...more,
  };
  writeFileSync(join(folder, "kustomization.yaml"), stringify(kustomization));
}
