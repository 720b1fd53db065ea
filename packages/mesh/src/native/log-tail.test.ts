import assert from "node:assert/strict";
import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { suite, test } from "node:test";
import { limitLogs } from "./log-limit.ts";
import { readLogFrom, tailLog } from "./log-tail.ts";

async function logFile(t: TestContext, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "lab-log-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "part.log");
  await writeFile(path, text);
  return path;
}

suite("a log", () => {
  test("is shown from its last lines on", async (t) => {
    const path = await logFile(t, "one\ntwo\nthree\n");
    assert.deepEqual(await tailLog(path, 2), { text: "two\nthree\n", end: 14 });
    assert.equal((await tailLog(path, 9)).text, "one\ntwo\nthree\n");
    assert.equal((await tailLog(path, 0)).text, "");
    assert.deepEqual(await tailLog(`${path}.none`, 5), { text: "", end: 0 });
  });

  test("is read in blocks that do not tear letters apart", async (t) => {
    const line = `${"ü".repeat(999)}\n`;
    const path = await logFile(t, line.repeat(100));
    assert.equal((await tailLog(path, 80)).text, line.repeat(80));
  });

  test("is followed, also when it is cut", async (t) => {
    const path = await logFile(t, "one\n");
    const { end } = await tailLog(path, 1);
    await appendFile(path, "two\n");
    const next = await readLogFrom(path, end);
    assert.deepEqual(next, { text: "two\n", end: 8, skipped: 0 });
    await truncate(path, 0);
    await appendFile(path, "new\n");
    assert.deepEqual(await readLogFrom(path, next.end), { text: "new\n", end: 4, skipped: 0 });
  });

  test("is followed in pieces of a bounded size, and says how much was left out", async (t) => {
    const path = await logFile(t, "one\ntwo\nthree\n");
    assert.deepEqual(await readLogFrom(path, 4, 6), { text: "three\n", end: 14, skipped: 4 });
  });

  test("is cut when it has grown beyond its limit, and its text is kept once", async (t) => {
    const path = await logFile(t, "12345678");
    await limitLogs([path, `${path}.none`], 8);
    assert.equal(await readFile(path, "utf8"), "12345678");
    await limitLogs([path], 7);
    assert.equal(await readFile(path, "utf8"), "");
    assert.equal(await readFile(`${path}.1`, "utf8"), "12345678");
  });
});
