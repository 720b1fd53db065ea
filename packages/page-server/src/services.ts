import type { ConnectRouter } from "@connectrpc/connect";
import { expectedHopsFile } from "@envoy-mesh-lab/bootstrap";
import { readExpected } from "@envoy-mesh-lab/check/node";
import type { Mesh } from "@envoy-mesh-lab/mesh";
import { exploreUrl, labParts, readMesh } from "@envoy-mesh-lab/mesh";
import { CompareService } from "@envoy-mesh-lab/proto/page/v1/compare_pb.ts";
import { ExercisesService } from "@envoy-mesh-lab/proto/page/v1/exercises_pb.ts";
import { MeshService } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { TracesService } from "@envoy-mesh-lab/proto/page/v1/traces_pb.ts";
import { createCompareService } from "./compare-service.ts";
import { createExercisesService } from "./exercises-service.ts";
import { createMeshService } from "./mesh-service.ts";
import type { PageSettings } from "./session-service.ts";
import { sessionRoutes } from "./session-service.ts";
import { createTracesService } from "./traces-service.ts";

/** Everything that the page may ask for, beside its files: a line for each service. */
export function pageRoutes(router: ConnectRouter, settings: PageSettings): void {
  const mesh = remembered(readMesh);
  const edge = async () => (await mesh()).urls.edge;
  const tempo = async () => (await mesh()).urls.tempo;
  const expected = readExpected(expectedHopsFile);
  const viewers = async (traceId: string) => {
    const { service, port } = labParts.grafana;
    const isThere = (await mesh()).services.some((it) => it.name === service);
    if (!isThere) return [];
    const url = exploreUrl(`http://127.0.0.1:${(await mesh()).hostPort(service, port)}`, traceId);
    return [{ name: "Grafana", url: `${url}` }];
  };
  sessionRoutes(router, settings);
  router.service(MeshService, createMeshService({ edge, tempo }));
  router.service(TracesService, createTracesService({ tempo, mesh, expected, viewers }));
  router.service(CompareService, createCompareService({ tempo }));
  router.service(ExercisesService, createExercisesService());
}

/** How long what is known of the mesh is taken as true, in milliseconds: lists of traces would ask several times a second. */
const rememberMs = 1_000;

function remembered(read: () => Promise<Mesh>): () => Promise<Mesh> {
  let known: { readonly mesh: Promise<Mesh>; readonly until: number } | undefined;
  return () => {
    if (known === undefined || Date.now() > known.until) {
      known = { mesh: read(), until: Date.now() + rememberMs };
    }
    return known.mesh;
  };
}
