import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * What tells one process from a later one with the same pid: the boot and the start time of the process.
 *
 * Linux reads /proc (start time in clock ticks since boot); elsewhere `ps` gives the start time in seconds.
 *
 * @param {number} pid
 * @returns {string | undefined} undefined when no such process runs (a zombie counts as ended)
 */
export function processIdentity(pid) {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return process.platform === "linux" ? fromProc(pid) : fromPs(pid);
}

/** @param {number} pid */
function fromProc(pid) {
  try {
    // The command name, in parentheses, may itself hold spaces and parentheses: the fields start after the last one.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    return `${bootId()}:${fields[19]}`;
  } catch (error) {
    const code = /** @type {NodeJS.ErrnoException} */ (error).code;
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
}

function bootId() {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

/** @param {number} pid */
function fromPs(pid) {
  const result = spawnSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C", TZ: "UTC" },
  });
  if (result.error) throw result.error;
  const line = result.stdout.trim();
  if (line === "" || line.startsWith("Z")) return undefined;
  return line.replace(/^\S+\s+/, "");
}
