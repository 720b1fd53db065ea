import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import type { Mesh, Runtime } from "@envoy-mesh-lab/mesh";
import { grafanaUids, labParts, publishedPort } from "@envoy-mesh-lab/mesh";
import type { InputFlags } from "@envoy-mesh-lab/meshtrace";
import type { MeshFlags } from "./commands/mesh-options.ts";
import { meshOf } from "./commands/mesh-options.ts";
import { endpoints } from "./endpoints.ts";
import { traceLink } from "./trace-viewer.ts";

/** What of a mesh says where its traces are shown. */
type FoundMesh = Pick<Mesh, "urls"> & {
  readonly runtime: Pick<Runtime, "name"> | undefined;
  readonly services: readonly Pick<Mesh["services"][number], "name" | "ports">[];
};

const { grafana } = labParts;

/**
 * The base URL of the lab's Grafana, when it runs beside a Tempo in Docker and shows its traces; else undefined.
 *
 * @param tempo base URL of the Tempo that the traces are read from.
 * @param patience how long Grafana, on this machine, may take to answer, in milliseconds. Default: 1000, as a command waits for it.
 */
export async function findGrafana(
  { runtime, services, urls }: FoundMesh,
  tempo: string,
  flags: MeshFlags = {},
  env: NodeJS.ProcessEnv = process.env,
  patience = 1000,
): Promise<string | undefined> {
  // Grafana asks the Tempo of its own mesh: it knows nothing of a native mesh's traces, or of another Tempo's.
  if (runtime?.name === "native" || new URL(tempo).origin !== new URL(urls.tempo).origin) return undefined;
  const { files } = meshOf(flags);
  const its = services
    .find(({ name }) => name === grafana.service)
    ?.ports.find((it) => it.container === grafana.port)?.host;
  const configured = (files.length > 0 ? files : [join(repoRoot, "compose.yaml")])
    .map((file) => publishedPort(readFileSync(file, "utf8"), grafana.service, env))
    .findLast((it) => it !== undefined);
  // Of a mesh that lab has in Docker the containers themselves tell.
  const port = runtime === undefined ? configured : its;
  if (port === undefined) return undefined;
  const url = `http://127.0.0.1:${port}`;
  return (await hasDashboard(url, patience)) ? url : undefined;
}

/** Says where a trace of Tempo's is to be seen. */
export async function traceLinks(flags: InputFlags & MeshFlags): Promise<(traceId: string) => string> {
  const { mesh, tempo } = await endpoints(flags);
  const grafana = await findGrafana(mesh, tempo, flags);
  return (traceId) => traceLink(grafana, traceId, flags);
}

/** Whether this is the lab's own Grafana: any may listen at its usual port, but only this one has the dashboard. */
async function hasDashboard(url: string, patience: number): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(patience);
    const answer = await fetch(new URL(`/api/dashboards/uid/${grafanaUids.dashboard}`, url), { signal });
    await answer.body?.cancel();
    return answer.ok;
  } catch (error) {
    // Nobody listens there, as is usual without the profile `grafana`, or what does speaks no HTTP, or says nothing.
    if (error instanceof TypeError || (error as Error).name === "TimeoutError") return false;
    throw error;
  }
}
