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
const POLL_MS = 200;

/**
 * Runs `work` while holding the lock file at `path`; at most one process at a time does.
 *
 * The lock of a process that no longer runs is taken over. A lock from another host (a cache folder on a network
 * disk) cannot be judged from here and is waited for.
 *
 * @template T
 * @param {string} path
 * @param {string} purpose
 * @param {() => Promise<T>} work
 * @param {{ onWait?: (holder: LockHolder) => void, signal?: AbortSignal }} [options] `onWait` is called once for
 *   each holder waited for; `signal` ends the waiting with its reason
 * @returns {Promise<T>}
 */
export async function withLock(path, purpose, work, { onWait, signal } = {}) {
  const mine = newHolder(purpose);
  mkdirSync(dirname(path), { recursive: true });
  let announced = "";
  while (!create(path, mine)) {
    signal?.throwIfAborted();
    const holder = read(path);
    if (holder === undefined) continue;
    if (isGone(holder)) {
      breakLock(path, holder);
      continue;
    }
    if (holder.token !== announced) {
      announced = holder.token;
      onWait?.(holder);
    }
    // Aborting only cuts the wait short; the check at the top of the loop throws the signal's own reason.
    await delay(POLL_MS, undefined, signal ? { signal } : {}).catch(() => {});
  }
  try {
    return await work();
  } finally {
    if (read(path)?.token === mine.token) rmSync(path, { force: true });
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
  writeFileSync(draft, JSON.stringify(holder));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** @param {string} path @returns {LockHolder | undefined} undefined when nobody holds it */
function read(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return undefined;
    throw new Error(
      `The lock file ${path} cannot be read; delete it if no other run of the lab is going on.`,
      {
        cause: error,
      },
    );
  }
}

/** @param {LockHolder} holder */
function isGone(holder) {
  return holder.host === hostname() && processIdentity(holder.pid) !== holder.identity;
}

/**
 * Removes the lock of a holder that is gone, without ever removing a newer one.
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
