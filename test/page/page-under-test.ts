import { randomBytes } from "node:crypto";
import { after, before } from "node:test";
import { pageOrigin } from "@envoy-mesh-lab/mesh";
import { buildPage } from "@envoy-mesh-lab/page/build";
import type { PageServer } from "@envoy-mesh-lab/page-server";
import { linkOf, pageRoutes, readAssets, servePage } from "@envoy-mesh-lab/page-server";
import { mesh } from "../e2e/mesh.ts";

/** The page of the test mesh, served by this process for the tests of a file. */
export function usePage(): { readonly link: string; readonly origin: string } {
  const token = randomBytes(32).toString("base64url");
  let server: PageServer;
  before(async () => {
    const { folder } = await buildPage();
    const edge = mesh.urls.edge;
    // Where the test mesh's edge expects it to be.
    const port = Number(new URL(pageOrigin(process.env)).port);
    server = await servePage({ port, token, assets: readAssets(folder), edge, routes: pageRoutes });
  });
  after(() => server?.close());
  return {
    get link() {
      return linkOf(server.origin, token);
    },
    get origin() {
      return server.origin;
    },
  };
}
