import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/**
 * A process that runs.
 *
 * @typedef {object} ProcessRow
 * @property {number} pid
 * @property {number} group the process group
 * @property {string} identity what distinguishes it from a later process with the same pid: text to be compared, not to be read
 */

const isLinux = process.platform === "linux";

/**
 * Returns what distinguishes one process from a later one with the same pid: the boot and the start time of the process.
 *
 * Linux reads /proc (start time in clock ticks since boot); elsewhere `ps` gives the start time in seconds.
 *
 * @param {number} pid
 * @returns {string | undefined} undefined when no such process runs (a zombie counts as ended)
 */
export function processIdentity(pid) {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return (isLinux ? fromProc(pid) : ps("-p", String(pid))[0])?.identity;
}

/** @returns {ProcessRow[]} all processes that run and that this one may look at */
export function processRows() {
  if (!isLinux) return ps("-ax");
  return processIds().flatMap((pid) => {
    try {
      return fromProc(pid) ?? [];
    } catch (error) {
      const code = /** @type {NodeJS.ErrnoException} */ (error).code;
      // Somebody else's, where /proc is mounted with hidepid (proc(5)).
      if (code === "EPERM" || code === "EACCES") return [];
      throw error;
    }
  });
}

/** @returns {number[]} the ids of all processes; Linux only */
export function processIds() {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** @param {number} pid */
function fromProc(pid) {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"), bootId());
  } catch (error) {
    const code = /** @type {NodeJS.ErrnoException} */ (error).code;
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
}

/** @type {string | undefined} */
let thisBoot;

function bootId() {
  thisBoot ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return thisBoot;
}

/**
 * Reads the line of `/proc/PID/stat` (proc_pid_stat(5)).
 *
 * @param {string} stat
 * @param {string} boot
 * @returns {ProcessRow | undefined} undefined for a zombie, which has ended already
 */
export function parseStat(stat, boot) {
  // The command name, in parentheses, may itself hold spaces and parentheses: the fields start after the last one.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, , group] = fields;
  if (state === "Z" || state === "X") return undefined;
  return { pid: Number.parseInt(stat, 10), group: Number(group), identity: `${boot}:${fields[19]}` };
}

/**
 * Reads what `ps -o pid=,pgid=,state=,lstart=` prints, without zombies.
 *
 * @param {string} output
 * @returns {ProcessRow[]}
 */
export function parsePs(output) {
  return output.split("\n").flatMap((line) => {
    const [, pid, group, state, identity] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line) ?? [];
    return identity === undefined || state?.startsWith("Z")
      ? []
      : [{ pid: Number(pid), group: Number(group), identity }];
  });
}

/** @param {...string} selection */
function ps(...selection) {
  try {
    const args = [...selection, "-o", "pid=,pgid=,state=,lstart="];
    const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
    return parsePs(execFileSync("ps", args, { encoding: "utf8", env }));
  } catch (error) {
    // ps exits with 1 when it has nothing to show.
    if (/** @type {{ status?: number }} */ (error).status === 1) return [];
    throw error;
  }
}
