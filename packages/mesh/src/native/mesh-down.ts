import { setTimeout as delay } from "node:timers/promises";
import { takeLock } from "@envoy-mesh-lab/bootstrap";
import { ControlClient, ControlLostError, ControlRefusedError } from "./control-client.ts";
import type { KeptData, MeshFolder } from "./mesh-folder.ts";
import { clearMeshFolder } from "./mesh-folder.ts";
import type { ProcessId } from "./processes.ts";
import { isAlive, signal } from "./processes.ts";
import type { MeshState } from "./state.ts";
import { readState } from "./state.ts";
import { endSurvivors } from "./survivors.ts";

/** What ending a mesh found. */
export interface MeshDownResult {
  /** False when nothing of it ran. */
  readonly wasRunning: boolean;
  /** The parts that ran without a supervisor. */
  readonly orphans: readonly string[];
}

const pollMs = 20;
/** What a supervisor may need beyond the grace periods of its parts, in milliseconds. */
const supervisorMs = 10_000;

async function isGone(id: ProcessId, timeout: number): Promise<boolean> {
  const deadline = performance.now() + timeout;
  while (isAlive(id)) {
    if (performance.now() > deadline) {
      return false;
    }
    await delay(pollMs);
  }
  return true;
}

async function askToEnd(folder: MeshFolder): Promise<boolean> {
  try {
    const client = await ControlClient.open(folder);
    // Answers at once, unlike a shutdown, so that one that hangs is found out soon.
    const state = await client?.status();
    const graces = state?.parts.map(({ stopGrace }) => stopGrace) ?? [];
    await client?.shutdown(graces.reduce((sum, grace) => sum + grace, supervisorMs));
    return client !== undefined;
  } catch (error) {
    if (error instanceof ControlLostError || error instanceof ControlRefusedError) {
      return false;
    }
    throw error;
  }
}

async function endSupervisor(folder: MeshFolder, state: MeshState): Promise<void> {
  const wasAsked = await askToEnd(folder);
  // One that hangs is ended hard; its parts are ended one by one then.
  if (!wasAsked || !(await isGone(state.supervisor, supervisorMs))) {
    signal(state.supervisor, "SIGKILL");
    await isGone(state.supervisor, supervisorMs);
  }
}

/** Stops the supervisor and every process of a mesh; removes nothing. */
export async function stopMesh(folder: MeshFolder): Promise<MeshDownResult> {
  const state = await readState(folder);
  if (!state) {
    return { wasRunning: false, orphans: [] };
  }
  const hadSupervisor = isAlive(state.supervisor);
  if (hadSupervisor) {
    await endSupervisor(folder, state);
  }
  // Read again: the supervisor may have started something since.
  const orphans = await endSurvivors((await readState(folder)) ?? state);
  return { wasRunning: hadSupervisor || orphans.length > 0, orphans: hadSupervisor ? [] : orphans };
}

/**
 * Ends a mesh and removes what it left, its named volumes only when asked to. A command that is at work on the mesh
 * gives up. Ending a mesh that does not run is no error.
 */
export async function endMesh(folder: MeshFolder, keep: KeptData): Promise<MeshDownResult> {
  try {
    await takeLock(folder.lock, "lab down", { force: true });
  } catch (error) {
    // On a full disk no other command gets a lock either, and this one makes room.
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
  const result = await stopMesh(folder);
  await clearMeshFolder(folder, keep);
  return result;
}
