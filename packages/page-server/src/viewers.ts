import type { Mesh } from "@envoy-mesh-lab/mesh";
import { exploreUrl, labParts } from "@envoy-mesh-lab/mesh";

/** A program that shows a trace, and the trace's address in it. */
export interface FoundViewer {
  readonly name: string;
  readonly url: string;
}

/** The port of Jaeger's page and API in its container (Jaeger, "Deployment": jaeger-query). */
const jaegerPort = 16686;

/**
 * Where else a trace of the mesh can be looked at: in its Grafana, and in a Jaeger that runs in it and has the trace.
 *
 * @param answerMs how long Jaeger may take to say whether it has a trace, in milliseconds. Default: 1000, as a page waits for it.
 */
export async function viewersOf(
  mesh: Pick<Mesh, "hostPort"> & {
    readonly services: readonly Pick<Mesh["services"][number], "name" | "ports">[];
  },
  traceId: string,
  answerMs = 1_000,
): Promise<FoundViewer[]> {
  const found: FoundViewer[] = [];
  const { service, port } = labParts.grafana;
  if (mesh.services.some((it) => it.name === service)) {
    const url = exploreUrl(`http://127.0.0.1:${mesh.hostPort(service, port)}`, traceId);
    found.push({ name: "Grafana", url: `${url}` });
  }
  for (const { ports } of mesh.services) {
    const host = ports.find((it) => it.container === jaegerPort)?.host;
    if (host === undefined) continue;
    const url = `http://127.0.0.1:${host}`;
    if (await hasTrace(url, traceId, answerMs))
      found.push({ name: "Jaeger", url: `${url}/trace/${traceId}` });
  }
  return found;
}

/** A Jaeger beside the mesh need not be sent its traces. */
async function hasTrace(url: string, traceId: string, answerMs: number): Promise<boolean> {
  try {
    const options = { redirect: "error", signal: AbortSignal.timeout(answerMs) } as const;
    const response = await fetch(`${url}/api/traces/${traceId}`, options);
    await response.body?.cancel();
    return response.ok;
  } catch {
    // It is not up, or not Jaeger: then no link leads to it.
    return false;
  }
}
