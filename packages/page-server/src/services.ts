import type { ConnectRouter } from "@connectrpc/connect";
import { expectedHopsFile } from "@envoy-mesh-lab/bootstrap";
import { readExpected } from "@envoy-mesh-lab/check/node";
import type { Mesh, PartPort } from "@envoy-mesh-lab/mesh";
import { labParts, readMesh } from "@envoy-mesh-lab/mesh";
import { CompareService } from "@envoy-mesh-lab/proto/page/v1/compare_pb.ts";
import { ExercisesService } from "@envoy-mesh-lab/proto/page/v1/exercises_pb.ts";
import { MeshService } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { TracesService } from "@envoy-mesh-lab/proto/page/v1/traces_pb.ts";
import { createCompareService } from "./compare-service.ts";
import { createExercisesService } from "./exercises-service.ts";
import { createMeshService } from "./mesh-service.ts";
import type { PageSettings } from "./session-service.ts";
import { noControl, sessionRoutes } from "./session-service.ts";
import { createTracesService } from "./traces-service.ts";
import { viewersOf } from "./viewers.ts";

const noLearner =
  "this server runs in a container, which has no learner's files: `npm run lab -- ui` serves the page beside them";

const noModes =
  "this server runs in a container, which does not reach the gateways that the modes go through: `lab compare --modes` measures them in a terminal";

/** Everything that the page may ask for, beside its files: a line for each service. */
export function pageRoutes(router: ConnectRouter, settings: PageSettings): void {
  const mesh = remembered(readMesh);
  const { inContainer = false, coming } = settings;
  const within = ({ service, port }: PartPort) => `http://${service}:${port}`;
  const edge = async () => (inContainer ? within(labParts.edge) : (await mesh()).urls.edge);
  const tempo = async () => (inContainer ? within(labParts.tempo) : (await mesh()).urls.tempo);
  const expected = readExpected(expectedHopsFile);
  const viewers = async (traceId: string) => viewersOf(await mesh(), traceId);
  sessionRoutes(router, settings);
  router.service(
    MeshService,
    createMeshService({ edge, tempo, coming, ...(inContainer ? { noControl } : {}) }),
  );
  router.service(TracesService, createTracesService({ tempo, mesh, expected, viewers, coming }));
  router.service(
    CompareService,
    createCompareService({ tempo, mesh: readMesh, ...(inContainer ? { noModes } : {}) }),
  );
  router.service(ExercisesService, createExercisesService(inContainer ? { readOnly: noLearner } : {}));
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
