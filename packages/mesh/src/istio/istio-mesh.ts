import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import type { MeshPart } from "../runtime/runtime.ts";

/** The compose files of a mesh in Istio: the user's, or the lab's own, and what Istio changes of it. */
export function withIstio(files: readonly string[]): string[] {
  const own = files.length > 0 ? files : [join(repoRoot, "compose.yaml")];
  return [...own, join(repoRoot, "compose.istio.yaml")];
}

/** Whether the sidecars of a running mesh are Istio's. */
export function isIstio({ services }: { readonly services: readonly Pick<MeshPart, "program">[] }): boolean {
  return services.some(({ program }) => program === "pilot-agent");
}
