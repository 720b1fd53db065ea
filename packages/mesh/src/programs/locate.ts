import { cacheDir } from "@envoy-mesh-lab/bootstrap";
import type { ProgramName } from "./pins.ts";
import { pinned } from "./pins.ts";
import { findOnPath } from "./probe.ts";
import { cachedProgram } from "./store.ts";
import { usableVersion } from "./version.ts";

/** A program that is ready to run. */
export interface Program {
  readonly name: ProgramName;
  /** Absolute path, or as the PATH has it. */
  readonly path: string;
  readonly version: string;
  /** The user's own on the PATH, the lab's cache, or the cache after this call has put it there. */
  readonly source: "path" | "cache" | "installed";
}

export interface LocateOptions {
  /** Where PATH and ENVOY_MESH_LAB_CACHE are taken from. Default: the environment of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** The cache folder. Default: cacheDir(env). */
  readonly cache?: string;
}

/**
 * Looks programs up on the PATH (right version only) and then in the lab's cache. Installs nothing.
 *
 * @returns those that were found
 */
export async function locatePrograms<N extends ProgramName>(
  names: readonly N[],
  options: LocateOptions = {},
): Promise<Partial<Record<N, Program>>> {
  const env = options.env ?? process.env;
  const cache = options.cache ?? cacheDir(env);
  const found: Partial<Record<N, Program>> = {};
  await Promise.all(
    names.map(async (name) => {
      const program = (await onPath(name, env)) ?? (await inCache(name, cache));
      if (program !== undefined) found[name] = program;
    }),
  );
  return found;
}

/** The first program on the PATH that is not only of that name but of a version that the lab can use. */
async function onPath(name: ProgramName, env: NodeJS.ProcessEnv): Promise<Program | undefined> {
  // compose-model is a program of this repository; whatever else has its name is not it.
  if (name === "compose-model") return undefined;
  for (const path of await findOnPath(name, env)) {
    const version = await usableVersion(name, path, env);
    if (version !== undefined) return { name, path, version, source: "path" };
  }
  return undefined;
}

/** The program in the cache, as its stamp vouches for it; it was run once before it was stamped. */
export async function inCache(name: ProgramName, cache: string): Promise<Program | undefined> {
  const path = await cachedProgram(cache, pinned[name]);
  return path === undefined ? undefined : { name, path, version: pinned[name].version, source: "cache" };
}
