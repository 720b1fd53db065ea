import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that holds this repository's package.json. */
export const repoRoot = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");

/** The spans that a call through the lab's own mesh must have. */
export const expectedHopsFile = join(repoRoot, "expected-hops.yaml");

/** The same where the mesh is Istio's. */
export const expectedHopsIstioFile = join(repoRoot, "expected-hops-istio.yaml");

/** The name of the environment variable that moves the cache folder. */
const cacheVariable = "ENVOY_MESH_LAB_CACHE";

/**
 * The folder for what the lab installs outside the repository: Node 24, Envoy, the Collector, Tempo, compose-model.
 *
 * It lives in the user's cache folder, so that several clones share it and nothing in it needs a backup.
 * Relative values of the variables are ignored for XDG_CACHE_HOME (as its specification asks) and resolved
 * against the current folder for ENVOY_MESH_LAB_CACHE.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @param {NodeJS.Platform} [platform]
 * @param {string} [home]
 * @returns {string}
 */
export function cacheDir(env = process.env, platform = process.platform, home = homedir()) {
  const own = env[cacheVariable];
  if (own) return resolve(own);
  if (platform === "darwin") return join(home, "Library", "Caches", "envoy-mesh-lab");
  const xdg = env.XDG_CACHE_HOME;
  return join(xdg?.startsWith("/") ? xdg : join(home, ".cache"), "envoy-mesh-lab");
}
