import { accessSync, constants, realpathSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { runForeground } from "./child.mjs";
import { useCompileCache } from "./compile-cache.mjs";
import { ensureDependencies } from "./dependencies.mjs";
import { loadEnvFile } from "./env-file.mjs";
import { BootstrapError, exitCodes } from "./failure.mjs";
import { ensureNode, nodeVersion } from "./node-runtime.mjs";
import { cacheDir, repoRoot } from "./paths.mjs";

/**
 * Runs one of the repository's scripts under Node 24 or newer, with all npm packages in place.
 *
 * With a Node that is new enough the script is imported into this very process, so signals, streams and the exit code
 * are its own and nothing stands in between. With an older one it runs as a child under Node 24 from the cache.
 *
 * @param {string[]} argv the script, relative to the repository, and its arguments
 */
export async function launch(argv) {
  try {
    const [script, ...args] = argv;
    if (script === undefined) {
      throw new BootstrapError("No script was named.", {
        exitCode: exitCodes.usage,
        hint: "Usage: node bootstrap/run.mjs <script.ts> [arguments]",
      });
    }
    loadEnvFile();
    const path = resolve(repoRoot, script);
    const cache = cacheDir();
    const node = await ensureNode(cache);
    const running = process.versions.node.split(".")[0] ?? "";
    const nodeMajor = node === process.execPath ? running : String(nodeVersion);
    await ensureDependencies(repoRoot, node, cache, { nodeMajor });
    process.env.PATH = pathWithNode(process.env.PATH ?? "", node);
    useCompileCache(cache);
    if (node !== process.execPath) {
      process.exitCode = await runForeground(node, [path, ...args]);
      return;
    }
    process.argv = [process.execPath, path, ...args];
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    console.error(`Error: ${error.message}`);
    if (error.hint) console.error(error.hint);
    process.exitCode = error.exitCode;
    return;
  }
  await import(pathToFileURL(process.argv[1] ?? "").href);
}

/**
 * The PATH with which a plain `node` in a child process is `node`. Unchanged when it is so already, because a folder
 * such as /usr/bin put first would hide the user's own choice of other programs.
 *
 * @param {string} path @param {string} node @returns {string}
 */
export function pathWithNode(path, node) {
  const first = path.split(delimiter).find((dir) => dir !== "" && isExecutable(join(dir, "node")));
  if (first !== undefined && realpathSync(join(first, "node")) === realpathSync(node)) return path;
  return [dirname(node), path].filter(Boolean).join(delimiter);
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
