import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { moveClock, whyNoClock } from "./move-clock.ts";

test("the clock of one process jumps and comes back, and nobody else's", {
  skip: whyNoClock() ?? false,
}, async () => {
  // Reads both of its clocks when it is asked.
  const program = `process.stdin.on("data", () => console.log(JSON.stringify([Date.now(), performance.now()])))`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(child.stdout);
  try {
    const read = async () => {
      child.stdin.write("?");
      const [line] = (await once(lines, "line")) as [string];
      const [wall, monotonic] = JSON.parse(line) as [number, number];
      return { aheadHours: Math.round((wall - Date.now()) / 3_600_000) + 0, monotonic };
    };
    const before = await read();
    await moveClock(child.pid ?? 0, 2 * 3_600);
    const during = await read();
    await moveClock(child.pid ?? 0, -3_600);
    const behind = await read();
    await moveClock(child.pid ?? 0, 0);
    const after = await read();
    const all = [before, during, behind, after];
    assert.deepEqual(
      all.map(({ aheadHours }) => aheadHours),
      [0, 2, -1, 0],
    );
    assert.deepEqual(
      all.map(({ monotonic }) => monotonic),
      all.map(({ monotonic }) => monotonic).toSorted((a, b) => a - b),
    );
    assert.ok(after.monotonic < 3_600_000);
  } finally {
    child.kill("SIGKILL");
  }
});
