import { readFileSync } from "node:fs";
import { processIdentity, processIds, processRows } from "@envoy-mesh-lab/bootstrap";

/** Environment variable that every process of a run carries, with the run's id. */
export const runMark = "ENVOY_MESH_LAB_RUN";

/** Environment variable that names the part which a process belongs to. */
export const partMark = "ENVOY_MESH_LAB_PART";

/**
 * A process beyond doubt: ids are given to new processes again, so the id alone is none. The start time is text to be
 * compared, not to be read: the boot and clock ticks since then on Linux, a date elsewhere.
 */
export interface ProcessId {
  readonly pid: number;
  readonly startTime: string;
}

const isLinux = process.platform === "linux";

/** The process that has this id now; undefined when there is none. */
export function identify(pid: number): ProcessId | undefined {
  const startTime = processIdentity(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

/** True while this very process runs, false when it ended and when its id went to another one. */
export function isAlive(id: ProcessId): boolean {
  return identify(id.pid)?.startTime === id.startTime;
}

/** Every process that carries the mark of a run. Linux only: elsewhere an environment cannot be read, and none is found. */
export function findRun(runId: string): (ProcessId & { readonly part: string })[] {
  if (!isLinux) {
    return [];
  }
  return processIds().flatMap((pid) => {
    const variables = environmentOf(pid);
    const id = variables.includes(`${runMark}=${runId}`) ? identify(pid) : undefined;
    const part = variables
      .find((variable) => variable.startsWith(`${partMark}=`))
      ?.slice(partMark.length + 1);
    return id ? [{ ...id, part: part ?? "" }] : [];
  });
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    // It ended, or it belongs to somebody else; either way there is nothing to read.
    return [];
  }
}

/** The processes of the group that `leader` made, without itself; none when the id is another process's by now. */
export function groupOf(leader: ProcessId): ProcessId[] {
  const rows = processRows().filter(({ group }) => group === leader.pid);
  const isReused = rows.some(({ pid, identity }) => pid === leader.pid && identity !== leader.startTime);
  return isReused
    ? []
    : rows.filter(({ pid }) => pid !== leader.pid).map(({ pid, identity }) => ({ pid, startTime: identity }));
}

/** Sends a signal to this very process; false when it has ended (or its id is another process's by now). */
export function signal(id: ProcessId, name: NodeJS.Signals): boolean {
  if (!isAlive(id)) {
    return false;
  }
  try {
    return process.kill(id.pid, name);
  } catch (error) {
    // It ended between the look and the signal.
    if (error instanceof Error && "code" in error && error.code === "ESRCH") {
      return false;
    }
    throw error;
  }
}
