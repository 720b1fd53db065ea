import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { takeLock } from "./lock.ts";
import { identify } from "./processes.ts";

async function lockPath(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "lab-lock-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "mesh", "lock");
}

describe("the lock of a mesh", () => {
  it("is for one at a time", async (t) => {
    const path = await lockPath(t);
    let inside = 0;
    const enter = async () => {
      const lock = await takeLock(path, "test");
      inside += 1;
      assert.equal(inside, 1);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
      await lock.release();
    };
    await Promise.all([enter(), enter(), enter()]);
    assert.deepEqual(await readdir(join(path, "..")), []);
  });

  it("says who holds it, once, and can be given up waiting for", async (t) => {
    const path = await lockPath(t);
    await takeLock(path, "the first");
    const holders: string[] = [];
    const controller = new AbortController();
    const onBusy = ({ command, pid }: { command: string; pid: number }) => {
      holders.push(`${command} ${pid}`);
      controller.abort();
    };
    await assert.rejects(takeLock(path, "the second", { onBusy, signal: controller.signal }), {
      name: "AbortError",
    });
    assert.deepEqual(holders, [`the first ${process.pid}`]);
  });

  it("of a process that has ended is void, also when its id was given again", async (t) => {
    const path = await lockPath(t);
    const first = await takeLock(path, "test");
    await first.release();
    const reused = {
      id: "old",
      command: "lab up",
      pid: process.pid,
      startTime: `${identify(process.pid)?.startTime}0`,
    };
    await writeFile(path, JSON.stringify(reused));
    const lock = await takeLock(path, "test");
    assert.equal(await lock.isHeld(), true);
  });

  it("can be taken away, and the loser does not release the winner's", async (t) => {
    const path = await lockPath(t);
    const loser = await takeLock(path, "lab up");
    const winner = await takeLock(path, "lab down", { force: true });
    assert.equal(await loser.isHeld(), false);
    await loser.release();
    assert.equal(await winner.isHeld(), true);
  });
});
