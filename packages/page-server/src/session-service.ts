import type { ConnectRouter } from "@connectrpc/connect";
import { readMesh } from "@envoy-mesh-lab/mesh";
import { SessionService } from "@envoy-mesh-lab/proto/page/v1/session_pb.ts";
import type { ComingTraces } from "./coming-traces.ts";
import { edgeOf } from "./mesh-places.ts";

/** What the server was told of the mesh, besides what it can ask. */
export interface PageSettings {
  /** The edge's origin as the browser sees it. Default: what the running mesh says. */
  readonly edge?: string | undefined;
  /** See `PageConfig.inContainer`. Default: false. */
  readonly inContainer?: boolean;
  /** Traces of calls that are made from here. */
  readonly coming: ComingTraces;
}

/** Why a server in a container controls nothing. */
export const noControl =
  "this server has no way to what runs the mesh: in a container it would need Docker's socket, which is the right to do everything on the machine";

/** Tells the page what it is the page of. */
export function sessionRoutes(router: ConnectRouter, settings: PageSettings): void {
  router.service(SessionService, {
    getSession: async () => {
      const mesh = await readMesh();
      return {
        project: mesh.project,
        edge: edgeOf(mesh) ?? settings.edge ?? "",
        noControls: settings.inContainer ? noControl : "",
      };
    },
  });
}
