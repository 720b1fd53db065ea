import { existsSync, realpathSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { runForeground } from "./child.mjs";
import { BootstrapError, exitCodes } from "./failure.mjs";

/**
 * Finds npm's own script, so that it can be run under a Node of our choice.
 *
 * Looks at the npm that started us, then beside Node, then on the PATH. Another package manager's script in
 * npm_execpath (yarn and pnpm set it too) is passed over: only npm reads package-lock.json.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @param {string} [execPath]
 * @returns {string} path of npm-cli.js
 * @throws {BootstrapError} when there is no npm
 */
export function findNpm(env = process.env, execPath = process.execPath) {
  const nodeDir = dirname(execPath);
  const candidates = [
    env.npm_execpath,
    join(nodeDir, "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
    ...[nodeDir, ...(env.PATH ?? "").split(delimiter).filter(Boolean)].map((dir) => join(dir, "npm")),
  ];
  for (const candidate of candidates) {
    if (!candidate || !existsSync(candidate)) continue;
    const script = npmScript(realpathSync(candidate));
    if (script) return script;
  }
  throw new BootstrapError("npm was not found: neither beside Node nor on the PATH.", {
    exitCode: exitCodes.missingTools,
    hint: "Install npm (it comes with Node from nodejs.org), or run the mesh with Docker: docker compose up",
  });
}

/**
 * npm on the PATH is a link to npm-cli.js, or a shell script beside the package (version managers).
 *
 * @param {string} path @returns {string | undefined}
 */
function npmScript(path) {
  if (path.endsWith("npm-cli.js")) return path;
  const packaged = join(dirname(path), "..", "lib", "node_modules", "npm", "bin", "npm-cli.js");
  return existsSync(packaged) ? packaged : undefined;
}

/**
 * Installs exactly what the package-lock.json of a folder pins, on our own terminal.
 *
 * Install scripts stay off: no dependency needs one, and one that does something at install time is a risk. Development
 * and optional packages are asked for by name, as a user's npm settings or NODE_ENV may leave them out.
 *
 * @param {string} node path of the Node that runs npm
 * @param {string} cwd
 * @returns {Promise<number>} npm's exit code
 * @throws {BootstrapError} when there is no npm, or a signal ended it
 */
export async function npmCi(node, cwd) {
  const options = ["--ignore-scripts", "--include=dev", "--include=optional", "--no-audit", "--no-fund"];
  /** @type {NodeJS.Signals | undefined} */
  let interruption;
  const code = await runForeground(node, [findNpm(), "ci", ...options], {
    cwd,
    stdout: "stderr",
    onSignal: (signal) => {
      interruption ??= signal;
    },
  });
  // npm ends with a code of its own when it is interrupted.
  if (code > 128 || (code !== 0 && interruption)) {
    throw new BootstrapError("npm was interrupted.", {
      exitCode: interruption ? 128 + constants.signals[interruption] : code,
      hint: "Run the command again to go on.",
    });
  }
  return code;
}
