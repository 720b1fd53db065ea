import type { Mesh } from "@envoy-mesh-lab/mesh";
import { labParts, readMesh } from "@envoy-mesh-lab/mesh";
import { assertHttpUrl } from "@envoy-mesh-lab/meshtrace";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { Option } from "commander";
import type { MeshFlags } from "./commands/mesh-options.ts";
import { meshOf } from "./commands/mesh-options.ts";

/** The mesh that a command talks to. */
export interface Endpoints {
  mesh: Mesh;
  /** The edge's base URL. */
  edge: string;
  /** The base URL of Tempo's API. */
  tempo: string;
}

/** `--edge`: the edge's base URL; the running mesh's, or http://127.0.0.1:8080. */
export function edgeOption(): Option {
  return new Option(
    "--edge <url>",
    "base URL of the edge (default: the running mesh's, or http://127.0.0.1:8080)",
  ).env("LAB_EDGE_URL");
}

/** `--tempo`: the base URL of Tempo's API; the running mesh's, or http://127.0.0.1:3200. */
export function tempoOption(): Option {
  return new Option(
    "--tempo <url>",
    "base URL of Tempo (default: the running mesh's, or http://127.0.0.1:3200)",
  ).env("LAB_TEMPO_URL");
}

/**
 * The endpoints that the options name, or those of the mesh.
 *
 * @throws {LabError} (exit code `notRunning`) when a mesh is named that does not run, and no endpoint: it is
 * another mesh that answers at the usual ports then, or none.
 */
export async function endpoints(options: MeshFlags & { edge?: string; tempo?: string }): Promise<Endpoints> {
  const mesh = await readMesh(meshOf(options));
  const isNamed =
    options.projectName !== undefined ||
    (options.file ?? []).length > 0 ||
    Boolean(process.env.COMPOSE_PROJECT_NAME);
  if (mesh.runtime === undefined && isNamed && options.edge === undefined && options.tempo === undefined) {
    throw new LabError(`the mesh ${mesh.project} does not run`, {
      exitCode: ExitCode.notRunning,
      hint: "start it with `lab up`, or `lab up --docker`; or say where it is: LAB_EDGE_URL and LAB_TEMPO_URL",
    });
  }
  const edge = options.edge && assertHttpUrl("--edge or LAB_EDGE_URL", options.edge);
  const tempo = options.tempo && assertHttpUrl("--tempo or LAB_TEMPO_URL", options.tempo);
  return {
    mesh,
    // Asked for when needed only: a mesh may run without the one part, and a command need the other.
    get edge() {
      return edge || mesh.urls.edge;
    },
    get tempo() {
      return tempo || mesh.urls.tempo;
    },
  };
}

/** The base URL that `lab call` goes to where no option names another; undefined for a mesh that runs without an edge. */
export function edgeOf(mesh: Mesh): string | undefined {
  if (process.env.LAB_EDGE_URL) return process.env.LAB_EDGE_URL;
  const hasEdge =
    mesh.runtime === undefined || mesh.services.some(({ name }) => name === labParts.edge.service);
  return hasEdge ? mesh.urls.edge : undefined;
}
