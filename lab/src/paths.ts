/** Where things are. The bootstrap needs the same places under Node 20, so it holds them. */
export { CACHE_VARIABLE, cacheDir, expectedHopsFile, repoRoot } from "../../bootstrap/paths.mjs";
