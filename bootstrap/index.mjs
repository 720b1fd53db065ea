/** What the rest of the repository needs of the bootstrap: where things are, locks, and processes. */
export { removeOldCompiled } from "./compile-cache.mjs";
export { loadEnvFile } from "./env-file.mjs";
export { exitCodes } from "./failure.mjs";
/** @typedef {import("./lock.mjs").Lock} Lock */
export { takeLock, withLock } from "./lock.mjs";
export { findNpm } from "./npm.mjs";
export { cacheDir, expectedHopsFile, expectedHopsIstioFile, repoRoot } from "./paths.mjs";
export { processIdentity, processIds, processRows } from "./process-identity.mjs";
