// Serves the page of one mesh until it is told to end. compose.yaml starts it.

import { readMesh } from "@envoy-mesh-lab/mesh";
import { buildPage } from "@envoy-mesh-lab/page/build";
import { inWords, LabError } from "@envoy-mesh-lab/trace";
import { readAssets } from "./assets.ts";
import { readConfig } from "./config.ts";
import { edgeOf } from "./mesh-places.ts";
import { servePage } from "./serve.ts";
import { pageRoutes } from "./services.ts";
import { ensureToken } from "./session.ts";

try {
  await serve();
} catch (error) {
  if (!(error instanceof LabError)) throw error;
  console.error(inWords(error));
  process.exitCode = error.exitCode;
}

async function serve(): Promise<void> {
  const config = readConfig(process.env);
  const { folder, tookMs } = await buildPage();
  if (tookMs !== undefined) console.log(`built the page in ${(tookMs / 1000).toFixed(1)} s`);
  const server = await servePage({
    ...config,
    token: ensureToken(config.sessionFolder),
    assets: readAssets(folder),
    edge: edgeOf(await readMesh()) ?? config.edge,
    routes: pageRoutes,
  });
  // Without the token, which a log is no place for.
  console.log(`the page is at ${server.origin}; \`lab ui\` prints the link with the session's token`);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => void server.close().then(() => process.exit(0)));
  }
}
