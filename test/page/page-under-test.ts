import { randomBytes } from "node:crypto";
import { after, before } from "node:test";
import { pageOrigin } from "@envoy-mesh-lab/mesh";
import { buildPage } from "@envoy-mesh-lab/page/build";
import type { PageServer } from "@envoy-mesh-lab/page-server";
import { linkOf, pageRoutes, readAssets, servePage } from "@envoy-mesh-lab/page-server";
import { mesh } from "../e2e/mesh.ts";

/** A page that is served for the tests of a file. */
export interface ServedPage {
  readonly link: string;
  readonly origin: string;
  /** Ends its server; `start` serves the same session again. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** The page of the test mesh, served by this process. */
export function usePage(): ServedPage {
  const token = randomBytes(32).toString("base64url");
  // Where the test mesh's edge expects it to be.
  const origin = pageOrigin(process.env);
  let server: PageServer;
  const start = async () => {
    const { folder } = await buildPage();
    const port = Number(new URL(origin).port);
    const edge = mesh.urls.edge;
    server = await servePage({ port, token, assets: readAssets(folder), edge, routes: pageRoutes });
  };
  before(start);
  after(() => server?.close());
  return { link: linkOf(origin, token), origin, start, stop: () => server.close() };
}
