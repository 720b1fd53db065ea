import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "@envoy-mesh-lab/chassis/testing";
import { runGroup } from "./process-group.ts";

const { env } = process;
/** Starts a process that would outlive it, tells its id, and goes on as told. */
const leaving = (then: string) => ["sh", "-c", `sleep 300 & echo $!; ${then}`] as const;

/** Whether a process runs. One that has ended may still be listed, as a zombie. */
function runs(pid: number): boolean {
  return /^[^Z\s]/.test(spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout);
}

test("a program's output and exit code are reported, and what it leaves behind is ended", async () => {
  const { stdout, stderr, end } = await runGroup(leaving("echo oh >&2; exit 3"), { env, timeoutMs: 20_000 });
  assert.equal(stderr, "oh\n");
  assert.equal(end, "exit code 3");
  const left = Number(stdout);
  assert.ok(left > 0);
  await eventually("what was left behind has ended", () => !runs(left));
});

test("a program that takes too long is ended with all that it has started", async () => {
  const { stdout, end } = await runGroup(leaving("wait"), { env, timeoutMs: 500 });
  assert.equal(end, "it took longer than 0.5 s");
  await eventually("what it started has ended", () => !runs(Number(stdout)));
});

test("a program that is not there is an error", async () => {
  await assert.rejects(runGroup(["/no/such/program"], { env, timeoutMs: 1_000 }), { code: "ENOENT" });
});

for (const how of ["SIGTERM", "exit"] as const) {
  test(`nothing is left running when the process that waits ends itself: ${how}`, async () => {
    const folder = await mkdtemp(join(tmpdir(), "process-group-"));
    const pidFile = join(folder, "pid");
    const script = `
      import { runGroup } from ${JSON.stringify(join(import.meta.dirname, "process-group.ts"))};
      process.stdin.once("data", () => process.exit());
      const started = ["sh", "-c", 'echo $$ > "$0"; exec sleep 300', ${JSON.stringify(pidFile)}];
      await runGroup(started, { env: process.env, timeoutMs: 60_000 });
    `;
    const waiting = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["pipe", "inherit", "inherit"],
    });
    try {
      const ended = once(waiting, "exit");
      let pid = 0;
      await eventually("the program runs", () => {
        pid = existsSync(pidFile) ? Number(readFileSync(pidFile, "utf8")) : 0;
        return pid > 0 && runs(pid);
      });
      if (how === "exit") waiting.stdin.end("end");
      else waiting.kill(how);
      assert.deepEqual(await ended, how === "exit" ? [0, null] : [null, how]);
      await eventually("the program has ended", () => !runs(pid));
    } finally {
      waiting.kill("SIGKILL");
      await rm(folder, { recursive: true });
    }
  });
}
