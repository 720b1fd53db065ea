import type { ConnectRouter } from "@connectrpc/connect";
import { readMesh } from "@envoy-mesh-lab/mesh";
import { ExercisesService } from "@envoy-mesh-lab/proto/page/v1/exercises_pb.ts";
import { MeshService } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { createExercisesService } from "./exercises-service.ts";
import { createMeshService } from "./mesh-service.ts";
import type { PageSettings } from "./session-service.ts";
import { sessionRoutes } from "./session-service.ts";

/** Everything that the page may ask for, beside its files: a line for each service. */
export function pageRoutes(router: ConnectRouter, settings: PageSettings): void {
  sessionRoutes(router, settings);
  router.service(
    MeshService,
    createMeshService({
      edge: async () => (await readMesh()).urls.edge,
      tempo: async () => (await readMesh()).urls.tempo,
    }),
  );
  router.service(ExercisesService, createExercisesService());
}
