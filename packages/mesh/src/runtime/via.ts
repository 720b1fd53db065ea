import { labParts } from "../lab-parts.ts";
import type { Mesh } from "./mesh.ts";

/** Ways into the mesh, by how much of it a call passes before it reaches the gateway. */
export const ways = ["edge", "sidecar", "direct"] as const;
export type Via = (typeof ways)[number];

const targets = { sidecar: labParts.sidecar, direct: labParts.gateway } as const;

/**
 * The base URL of a way into the mesh.
 *
 * @param edge the edge's base URL.
 * @throws {LabError} (exit code `notRunning`) when the mesh does not run, or in Docker without `lab up`, which publishes the edge only.
 */
export function urlVia(via: Via, mesh: Mesh, edge: string): string {
  if (via === "edge") {
    return edge;
  }
  const { service, port } = targets[via];
  return `http://127.0.0.1:${mesh.hostPort(service, port)}`;
}
