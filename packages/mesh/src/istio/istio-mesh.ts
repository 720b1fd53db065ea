import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import type { MeshPart } from "../runtime/runtime.ts";

/**
 * The compose files of a mesh in Istio: the user's first, or the lab's own, what Istio changes of it, and then the user's others, which
 * may change what Istio is like.
 */
export function withIstio([base = join(repoRoot, "compose.yaml"), ...others]: readonly string[]): string[] {
  return [base, join(repoRoot, "compose.istio.yaml"), ...others];
}

/** The name of Istio's proxy in every pod that it is in, which Istio keeps for itself. */
export const istioProxy = "istio-proxy";

/** Whether the sidecars of a running mesh are Istio's: its agents, or what it has put into pods. */
export function isIstio({
  services,
}: {
  readonly services: readonly Pick<MeshPart, "program" | "container">[];
}): boolean {
  return services.some(({ program, container }) => program === "pilot-agent" || container === istioProxy);
}
