import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { takeLock, withLock } from "./lock.mjs";
import { processIdentity } from "./process-identity.mjs";

function lockPath(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "lab-lock-"));
  t.after(() => rmSync(dir, { recursive: true }));
  return join(dir, "some.lock");
}

/** A pid that nobody has any more. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  return child.pid ?? 0;
}

function writeHolder(path: string, holder: { pid: number; identity: string; host?: string }): void {
  writeFileSync(path, JSON.stringify({ token: "old", host: hostname(), purpose: "test", ...holder }));
}

test("the lock is held during the work, and gone afterwards, also when the work fails", async (t) => {
  const path = lockPath(t);
  const pid = await withLock(path, "test", async () => JSON.parse(readFileSync(path, "utf8")).pid);
  assert.equal(pid, process.pid);
  await assert.rejects(
    withLock(path, "test", () => Promise.reject(new Error("broken"))),
    /broken/,
  );
  assert.deepEqual(readdirSync(join(path, "..")), []);
});

test("the lock of a process that ended is taken over", async (t) => {
  const path = lockPath(t);
  writeHolder(path, { pid: await deadPid(), identity: "whatever" });
  assert.equal(await withLock(path, "test", async () => "done"), "done");
});

test("the lock of a pid that another process has by now is taken over", async (t) => {
  const path = lockPath(t);
  writeHolder(path, { pid: process.pid, identity: `not ${processIdentity(process.pid)}` });
  assert.equal(await withLock(path, "test", async () => "done"), "done");
});

test("a lock from another host is waited for, and waiting can be ended", async (t) => {
  const path = lockPath(t);
  writeHolder(path, { pid: await deadPid(), identity: "whatever", host: `not-${hostname()}` });
  const controller = new AbortController();
  const waited: string[] = [];
  const pending = withLock(path, "test", async () => "never", {
    signal: controller.signal,
    onWait: (holder) => {
      waited.push(holder.purpose);
      controller.abort(new Error("enough"));
    },
  });
  await assert.rejects(pending, /enough/);
  assert.deepEqual(waited, ["test"]);
  assert.ok(existsSync(path), "somebody else's lock was removed");
});

test("a lock can be taken away, and the loser does not release the winner's", async (t) => {
  const path = lockPath(t);
  const loser = await takeLock(path, "lab up");
  const winner = await takeLock(path, "lab down", { force: true });
  assert.equal(loser.isHeld(), false);
  loser.release();
  assert.equal(winner.isHeld(), true);
});

test("a lock file that names no holder is an error, and not waited for", async (t) => {
  const path = lockPath(t);
  writeFileSync(path, "{}");
  await assert.rejects(takeLock(path, "test"), /some\.lock cannot be read; delete it/);
});

test("a folder that is removed with its lock is made again", async (t) => {
  const path = join(lockPath(t), "mesh", "lock");
  await takeLock(path, "test");
  rmSync(join(path, ".."), { recursive: true });
  assert.equal((await takeLock(path, "test")).isHeld(), true);
});

test("of many processes that find a stale lock one at a time gets it", async (t) => {
  const path = lockPath(t);
  writeHolder(path, { pid: await deadPid(), identity: "whatever" });
  // Each fails when another is inside: the marker can be created only by the one that is alone.
  const code = `
    const { withLock } = await import(${JSON.stringify(new URL("./lock.mjs", import.meta.url).href)});
    const { mkdirSync, rmdirSync } = await import("node:fs");
    const marker = ${JSON.stringify(`${path}.inside`)};
    for (let round = 0; round < 20; round++) {
      await withLock(${JSON.stringify(path)}, "test", async () => {
        mkdirSync(marker);
        await new Promise(setImmediate);
        rmdirSync(marker);
      });
    }`;
  const children: ChildProcess[] = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "inherit", "inherit"] }),
  );
  const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0]));
  assert.deepEqual(codes, [0, 0, 0, 0]);
  assert.deepEqual(readdirSync(join(path, "..")), []);
});
