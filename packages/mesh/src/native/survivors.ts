import { setTimeout as delay } from "node:timers/promises";
import type { ProcessId } from "./processes.ts";
import { findRun, groupOf, isAlive, signal } from "./processes.ts";
import type { MeshState, PartStatus } from "./state.ts";

/** A process of a mesh that runs without its supervisor. */
export interface Survivor extends ProcessId {
  readonly part: string;
}

const pollMs = 50;
const defaultGraceMs = 10_000;
/** How long a killed process may take to be gone, in milliseconds. */
const killMs = 5_000;

/**
 * Every process of a run that still lives: those that the supervisor wrote down (this id with this start time, so never
 * another process that has the id now) with their process groups, and on Linux all that carry the run's mark. The group
 * of a process that has ended is not trusted, because its number may be another group's by now.
 */
function findSurvivors(state: MeshState): Survivor[] {
  const found = new Map<number, Survivor>();
  for (const { name, process: leader } of state.parts) {
    for (const id of leader && isAlive(leader) ? [leader, ...groupOf(leader)] : []) {
      found.set(id.pid, { ...id, part: name });
    }
  }
  for (const id of findRun(state.runId)) {
    if (!found.has(id.pid)) {
      found.set(id.pid, id);
    }
  }
  return [...found.values()];
}

/** Waits until none of these is left, nor anything that they started meanwhile; returns who is left in the end. */
async function remaining(
  state: MeshState,
  survivors: readonly Survivor[],
  timeout: number,
): Promise<Survivor[]> {
  const deadline = performance.now() + timeout;
  let left = [...survivors];
  for (;;) {
    const known = left.filter(isAlive);
    const isNew = ({ pid }: Survivor) => !known.some((survivor) => survivor.pid === pid);
    left = [...known, ...findSurvivors(state).filter(isNew)];
    if (left.length === 0 || performance.now() > deadline) {
      return left;
    }
    await delay(pollMs);
  }
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
  const graces = survivors.map(({ part }) => planOf(state, part)?.stopGrace ?? defaultGraceMs);
  const stubborn = await remaining(state, survivors, Math.max(0, ...graces));
  for (const survivor of stubborn) {
    signal(survivor, "SIGKILL");
  }
  const immortal = await remaining(state, stubborn, killMs);
  if (immortal.length > 0) {
    throw new Error(
      `These processes do not end: ${immortal.map(({ pid, part }) => `${part} (${pid})`).join(", ")}`,
    );
  }
  return [...new Set(survivors.map(({ part }) => part))];
}
