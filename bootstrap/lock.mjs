import { randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { processIdentity } from "./process-identity.mjs";

/**
 * Who holds a lock.
 *
 * @typedef {object} LockHolder
 * @property {string} token unique to this one holding
 * @property {number} pid
 * @property {string} identity start of the process, so that a reused pid is not mistaken for the holder
 * @property {string} host
 * @property {string} purpose what the holder does, for the message to those who wait
 */

/** How often a waiting process looks again, in milliseconds. */
const pollMs = 100;

/**
 * A lock that is held.
 *
 * @typedef {object} Lock
 * @property {() => boolean} isHeld false when another process took it away
 * @property {() => void} release leaves another's lock alone
 */

/**
 * How a lock is taken.
 *
 * @typedef {object} LockOptions
 * @property {boolean} [force] whether it is taken away from who holds it, instead of waiting. Default: false
 * @property {((holder: LockHolder) => void) | undefined} [onWait] called once for each holder that is waited for
 * @property {AbortSignal | undefined} [signal] ends the waiting with its reason
 */

/**
 * Takes the lock file at `path`; at most one process at a time has it.
 *
 * The lock of a process that no longer runs is taken over. A lock from another host (a cache folder on a network
 * disk) cannot be judged from here and is waited for.
 *
 * @param {string} path
 * @param {string} purpose
 * @param {LockOptions} [options]
 * @returns {Promise<Lock>}
 */
export async function takeLock(path, purpose, { force = false, onWait, signal } = {}) {
  const mine = newHolder(purpose);
  let announced = "";
  while (!create(path, mine)) {
    signal?.throwIfAborted();
    const holder = read(path);
    if (holder === undefined) continue;
    if (force || isGone(holder)) {
      breakLock(path, holder);
      continue;
    }
    if (holder.token !== announced) {
      announced = holder.token;
      onWait?.(holder);
    }
    // Aborting only cuts the wait short; the check at the top of the loop throws the signal's own reason.
    await delay(pollMs, undefined, signal ? { signal } : {}).catch(() => {});
  }
  const isHeld = () => read(path)?.token === mine.token;
  return {
    isHeld,
    release: () => {
      if (isHeld()) rmSync(path, { force: true });
    },
  };
}

/**
 * Runs `work` while holding the lock file at `path`.
 *
 * @template T
 * @param {string} path
 * @param {string} purpose
 * @param {() => Promise<T>} work
 * @param {LockOptions} [options]
 * @returns {Promise<T>}
 */
export async function withLock(path, purpose, work, options) {
  const lock = await takeLock(path, purpose, options);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** @param {string} purpose @returns {LockHolder} */
function newHolder(purpose) {
  const identity = processIdentity(process.pid) ?? "";
  return { token: randomUUID(), pid: process.pid, identity, host: hostname(), purpose };
}

/**
 * Creates the lock file whole or not at all: a hard link fails when the name is taken, and nobody sees half a file.
 *
 * @param {string} path @param {LockHolder} holder @returns {boolean}
 */
function create(path, holder) {
  const draft = `${path}.${holder.token}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(draft, JSON.stringify(holder));
    linkSync(draft, path);
    return true;
  } catch (error) {
    const code = /** @type {NodeJS.ErrnoException} */ (error).code;
    // ENOENT: who held the lock removed the folder with it just now.
    if (code === "EEXIST" || code === "ENOENT") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** @param {string} path @returns {LockHolder | undefined} undefined when nobody holds it */
function read(path) {
  try {
    const holder = JSON.parse(readFileSync(path, "utf8"));
    if (typeof holder.token !== "string") throw new Error("it names no holder");
    return holder;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return undefined;
    throw new Error(
      `The lock file ${path} cannot be read; delete it if no other run of the lab is going on.`,
      { cause: error },
    );
  }
}

/** @param {LockHolder} holder */
function isGone(holder) {
  return holder.host === hostname() && processIdentity(holder.pid) !== holder.identity;
}

/**
 * Removes the lock of one holder, which is gone or loses it by force, without ever removing a newer one.
 *
 * Between reading a stale lock and deleting it another process may have done the same and hold the lock by now. So
 * the right to delete is itself won by creating a file named after the stale token, which only one process can;
 * if that one died too, its own file is broken the same way.
 *
 * @param {string} path @param {LockHolder} stale
 */
function breakLock(path, stale) {
  const right = `${path}.break-${stale.token}`;
  if (!create(right, newHolder("remove a stale lock"))) {
    const other = read(right);
    if (other !== undefined && isGone(other)) breakLock(right, other);
    return;
  }
  try {
    if (read(path)?.token === stale.token) rmSync(path, { force: true });
  } finally {
    rmSync(right, { force: true });
  }
}
