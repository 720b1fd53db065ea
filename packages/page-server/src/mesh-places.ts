import type { Mesh } from "@envoy-mesh-lab/mesh";
import { labParts } from "@envoy-mesh-lab/mesh";

/** The origin of a running mesh's edge; undefined when it runs without one. */
export function edgeOf(mesh: Mesh): string | undefined {
  return placeOf(mesh, labParts.edge.service, labParts.edge.port);
}

/** Where a running mesh's Collector takes OTLP over HTTP; undefined when it runs without one. */
export function collectorOf(mesh: Mesh): string | undefined {
  return placeOf(mesh, labParts.spans.service, labParts.spans.port);
}

function placeOf(mesh: Mesh, service: string, port: number): string | undefined {
  const runs = mesh.services.some((it) => it.name === service);
  return runs ? `http://127.0.0.1:${mesh.hostPort(service, port)}` : undefined;
}
