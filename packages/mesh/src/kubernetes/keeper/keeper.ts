import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { z } from "zod";
import type { MeshFolder } from "../../native/mesh-folder.ts";
import { logPath } from "../../native/mesh-folder.ts";
import { groupOf, isAlive, signal } from "../../native/processes.ts";

/** The port of a record that leads to the API server of a node on this machine. */
export const apiKey = "api:6443";

const main = fileURLToPath(new URL("keeper-main.ts", import.meta.url));
const idSchema = z.object({ pid: z.number(), startTime: z.string() });
/** What the keeper of a mesh says of itself, once its ports are open. */
const keeperSchema = idSchema.extend({ page: idSchema.optional() });
type Keeper = z.infer<typeof keeperSchema>;
const pollMs = 30;
const longestStartMs = 15_000;
const longestEndMs = 5_000;

/** Where the keeper of a mesh says which process it is, once its ports are open. */
export function keeperFile(folder: MeshFolder): string {
  return join(folder.root, "keeper.json");
}

/**
 * Starts what keeps the ways open to a mesh on Kubernetes, in the background; it outlives this process.
 *
 * @throws {LabError} (exit code `notReady`) when it does not come up.
 */
export async function startKeeper(folder: MeshFolder): Promise<void> {
  await endKeeper(folder);
  await mkdir(folder.logs, { recursive: true });
  const log = logPath(folder, "keeper");
  const output = openSync(log, "a");
  const child = spawn(process.execPath, [main, folder.project, dirname(folder.root)], {
    cwd: repoRoot,
    detached: true,
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  child.unref();
  const deadline = performance.now() + longestStartMs;
  while (performance.now() < deadline && child.exitCode === null && child.signalCode === null) {
    if ((await findKeeper(folder)) !== undefined) return;
    await delay(pollMs);
  }
  child.kill("SIGKILL");
  throw new LabError("what keeps the ports of the mesh open does not start", {
    hint: `Its log says why: ${log}`,
    exitCode: ExitCode.notReady,
  });
}

/** The keeper of a mesh, while it runs. */
export async function findKeeper(folder: MeshFolder): Promise<Keeper | undefined> {
  const keeper = await readKeeper(folder);
  return keeper !== undefined && isAlive(keeper) ? keeper : undefined;
}

/** Ends the keeper of a mesh and what it has started, also when it was killed itself. */
export async function endKeeper(folder: MeshFolder): Promise<void> {
  const keeper = await readKeeper(folder);
  if (keeper !== undefined) {
    // It is the first of its group.
    const all = [keeper, ...groupOf(keeper)];
    for (const it of all) signal(it, "SIGTERM");
    const deadline = performance.now() + longestEndMs;
    while (all.some(isAlive) && performance.now() < deadline) await delay(pollMs);
    for (const it of all) signal(it, "SIGKILL");
  }
  await rm(keeperFile(folder), { force: true });
}

async function readKeeper(folder: MeshFolder): Promise<Keeper | undefined> {
  try {
    return keeperSchema.parse(JSON.parse(await readFile(keeperFile(folder), "utf8")));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
