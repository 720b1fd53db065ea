import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Environment variable that every process of a run carries, with the run's id. */
export const RUN_MARK = "ENVOY_MESH_LAB_RUN";

/** Environment variable that names the part which a process belongs to. */
export const PART_MARK = "ENVOY_MESH_LAB_PART";

/**
 * A process beyond doubt: ids are given to new processes again, so the id alone is none. The start time is text to be
 * compared, not to be read: clock ticks since boot on Linux, a date elsewhere.
 */
export interface ProcessId {
  readonly pid: number;
  readonly startTime: string;
}

interface ProcessRow extends ProcessId {
  readonly group: number;
}

const isLinux = process.platform === "linux";

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // It ended, or it belongs to somebody else; either way it tells us nothing.
    return undefined;
  }
}

/** Reads one line of `/proc/PID/stat` (proc_pid_stat(5)); undefined for a zombie, which has ended already. */
export function parseStat(stat: string): ProcessRow | undefined {
  // The name in parentheses may hold spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, , group] = fields;
  const startTime = fields[19];
  if (startTime === undefined || state === "Z" || state === "X") {
    return undefined;
  }
  return { pid: Number.parseInt(stat, 10), group: Number(group), startTime };
}

/** Reads what `ps -o pid=,pgid=,state=,lstart=` prints, without zombies. */
export function parsePs(output: string): ProcessRow[] {
  return output.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line);
    const [, pid, group, state, startTime] = match ?? [];
    return startTime === undefined || state?.startsWith("Z")
      ? []
      : [{ pid: Number(pid), group: Number(group), startTime }];
  });
}

function ps(...selection: string[]): ProcessRow[] {
  try {
    const args = [...selection, "-o", "pid=,pgid=,state=,lstart="];
    return parsePs(execFileSync("ps", args, { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } }));
  } catch (error) {
    // ps exits with 1 when it has nothing to show.
    if (error instanceof Error && "status" in error && error.status === 1) {
      return [];
    }
    throw error;
  }
}

function pids(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function allRows(): ProcessRow[] {
  if (!isLinux) {
    return ps("-ax");
  }
  return pids().flatMap((pid) => {
    const stat = readProc(pid, "stat");
    return (stat && parseStat(stat)) || [];
  });
}

/** The process that has this id now; undefined when there is none. */
export function identify(pid: number): ProcessId | undefined {
  const stat = isLinux ? readProc(pid, "stat") : undefined;
  const row = isLinux ? stat && parseStat(stat) : ps("-p", String(pid))[0];
  return row ? { pid, startTime: row.startTime } : undefined;
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
  return pids().flatMap((pid) => {
    const variables = readProc(pid, "environ")?.split("\0") ?? [];
    const id = variables.includes(`${RUN_MARK}=${runId}`) ? identify(pid) : undefined;
    const part = variables
      .find((variable) => variable.startsWith(`${PART_MARK}=`))
      ?.slice(PART_MARK.length + 1);
    return id ? [{ ...id, part: part ?? "" }] : [];
  });
}

/** The processes of the group that `leader` made, without itself; none when the id is another process's by now. */
export function groupOf(leader: ProcessId): ProcessId[] {
  const rows = allRows().filter(({ group }) => group === leader.pid);
  const isReused = rows.some(({ pid, startTime }) => pid === leader.pid && startTime !== leader.startTime);
  return isReused ? [] : rows.filter(({ pid }) => pid !== leader.pid);
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
