import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BootstrapError, exitCodes } from "./failure.mjs";
import { withLock } from "./lock.mjs";
import { npmCi } from "./npm.mjs";

/**
 * What node_modules must have been installed from: the lock file, and the kind of Node, as some packages hold a
 * binary for it.
 *
 * @param {string} root @param {string} nodeMajor @returns {string}
 */
export function dependencyStamp(root, nodeMajor) {
  return createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .update(`\n${nodeMajor} ${process.platform} ${process.arch}`)
    .digest("hex");
}

/** @param {string} root */
function stampFile(root) {
  return join(root, "node_modules", ".envoy-mesh-lab-stamp");
}

/**
 * Makes node_modules match package-lock.json with `npm ci`, when it does not.
 *
 * @param {string} root the repository
 * @param {string} node path of the Node that will use the modules
 * @param {string} cache the lab's cache folder, for the lock
 * @param {{ nodeMajor: string, log?: (line: string) => void }} options
 * @throws {BootstrapError} when npm fails
 */
export async function ensureDependencies(root, node, cache, { nodeMajor, log = console.error }) {
  const wanted = dependencyStamp(root, nodeMajor);
  if (installedStamp(root) === wanted) return;
  // The lock is named after the clone, and outside it: npm ci deletes node_modules.
  const lock = join(
    cache,
    "locks",
    `npm-${createHash("sha256").update(root).digest("hex").slice(0, 12)}.lock`,
  );
  await withLock(
    lock,
    `npm ci in ${root}`,
    async () => {
      if (installedStamp(root) === wanted) return;
      log("Installing the npm packages of package-lock.json (npm ci)");
      const code = await npmCi(node, root);
      if (code !== 0) {
        throw new BootstrapError(`npm ci failed with exit code ${code}; its own words are above.`, {
          exitCode: exitCodes.installFailed,
          hint: "See npm's message. Without a network, run again when there is one: npm goes on where it was.",
        });
      }
      writeFileSync(stampFile(root), wanted);
    },
    { onWait: (holder) => log(`Waiting for process ${holder.pid}, which does the same: ${holder.purpose}.`) },
  );
}

/** @param {string} root @returns {string | undefined} */
function installedStamp(root) {
  try {
    return readFileSync(stampFile(root), "utf8");
  } catch (error) {
    const code = /** @type {NodeJS.ErrnoException} */ (error).code;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}
