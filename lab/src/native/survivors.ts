import { setTimeout as delay } from "node:timers/promises";
import { findRun, groupOf, isAlive, type ProcessId, signal } from "./processes.ts";
import type { MeshState, PartStatus } from "./state.ts";

/** A process of a mesh that runs without its supervisor. */
export interface Survivor extends ProcessId {
  readonly part: string;
}

const POLL_MS = 50;
const DEFAULT_GRACE_MS = 10_000;
/** How long a killed process may take to be gone, in milliseconds. */
const KILL_MS = 5_000;

/**
 * Every process of a run that still lives: those that the supervisor wrote down (this id with this start time, so never
 * another process that has the id now), their process groups, and on Linux all that carry the run's mark.
 */
export function findSurvivors(state: MeshState): Survivor[] {
  const found = new Map<number, Survivor>();
  for (const { name, process: leader } of state.parts) {
    if (leader) {
      const members = [...(isAlive(leader) ? [leader] : []), ...groupOf(leader)];
      for (const id of members) {
        found.set(id.pid, { ...id, part: name });
      }
    }
  }
  for (const id of findRun(state.runId)) {
    if (!found.has(id.pid)) {
      found.set(id.pid, id);
    }
  }
  return [...found.values()];
}

async function allGone(state: MeshState, timeout: number): Promise<boolean> {
  const deadline = performance.now() + timeout;
  while (findSurvivors(state).length > 0) {
    if (performance.now() > deadline) {
      return false;
    }
    await delay(POLL_MS);
  }
  return true;
}

function planOf(state: MeshState, part: string): PartStatus | undefined {
  return state.parts.find(({ name }) => name === part);
}

/**
 * Ends every process of a run whose supervisor is gone: each part's own stop signal, SIGKILL after the longest grace
 * period. Returns the parts that were still there.
 *
 * @throws Error when a process outlives SIGKILL.
 */
export async function endSurvivors(state: MeshState): Promise<string[]> {
  const survivors = findSurvivors(state);
  for (const survivor of survivors) {
    signal(survivor, planOf(state, survivor.part)?.stopSignal ?? "SIGTERM");
  }
  const graces = survivors.map(({ part }) => planOf(state, part)?.stopGrace ?? DEFAULT_GRACE_MS);
  if (!(await allGone(state, Math.max(0, ...graces)))) {
    for (const survivor of findSurvivors(state)) {
      signal(survivor, "SIGKILL");
    }
    if (!(await allGone(state, KILL_MS))) {
      const left = findSurvivors(state).map(({ pid, part }) => `${part} (${pid})`);
      throw new Error(`These processes do not end: ${left.join(", ")}`);
    }
  }
  return [...new Set(survivors.map(({ part }) => part))];
}
