import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { suite, test } from "node:test";
import { findRun, groupOf, identify, isAlive, partMark, runMark, signal } from "./processes.ts";
import { until } from "./testing/fixture-mesh.ts";

async function start(t: TestContext, script: string, env: NodeJS.ProcessEnv = {}) {
  const child = spawn("/bin/sh", ["-c", script], {
    detached: true,
    stdio: "ignore",
    env: { ...process.env, ...env },
  });
  await once(child, "spawn");
  const id = identify(child.pid ?? 0);
  assert.ok(id);
  t.after(() => signal(id, "SIGKILL"));
  return { child, id };
}

suite("a process", () => {
  test("is told from another one with the same id by its start time", async (t) => {
    const { child, id } = await start(t, "sleep 1000 & exec sleep 1000");
    const [member] = await until(
      "the group has another member",
      () => groupOf(id).length === 1 && groupOf(id),
    );
    t.after(() => member && signal(member, "SIGKILL"));
    const earlier = { ...id, startTime: `${id.startTime}0` };
    assert.equal(isAlive(id), true);
    assert.equal(isAlive(earlier), false);
    assert.equal(signal(earlier, "SIGKILL"), false);
    assert.deepEqual(groupOf(earlier), []);
    assert.equal(isAlive(id), true);
    assert.equal(signal(id, "SIGKILL"), true);
    await once(child, "exit");
    assert.equal(isAlive(id), false);
    assert.equal(signal(id, "SIGKILL"), false);
  });

  test("leads a group that can be found when it has ended itself", async (t) => {
    const { child, id } = await start(t, "sleep 1000 & sleep 1000");
    await until("both have started", () => groupOf(id).length === 2);
    process.kill(id.pid, "SIGKILL");
    await once(child, "exit");
    const rest = groupOf(id);
    assert.equal(rest.length, 2);
    for (const member of rest) {
      signal(member, "SIGKILL");
    }
    await until("they are gone", () => groupOf(id).length === 0);
  });

  test("is found by the mark of its run", { skip: process.platform !== "linux" }, async (t) => {
    const run = `test-${process.pid}`;
    const { id } = await start(t, "exec sleep 1000", { [runMark]: run, [partMark]: "web" });
    const found = await until("it has its environment", () => findRun(run).find(({ pid }) => pid === id.pid));
    assert.deepEqual(found, { ...id, part: "web" });
    assert.deepEqual(findRun(`${run}-other`), []);
  });
});
