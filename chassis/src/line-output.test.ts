import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { LineOutput } from "./line-output.ts";

test("a log that cannot be written ends nobody", { skip: process.platform !== "linux" }, () => {
  // Whatever is written there finds no room (full(4)).
  const full = openSync("/dev/full", "w");
  const script = `
    const { createLogger } = await import(${JSON.stringify(new URL("logger.ts", import.meta.url).href)});
    const log = createLogger({ serviceName: "gateway", level: "info" });
    for (let i = 0; i < 10_000; i++) log.info({ i, text: "x".repeat(400) }, "too much");
    process.exitCode = 7;`;
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", full, "pipe"],
    encoding: "utf8",
    timeout: 60_000,
  });
  closeSync(full);
  assert.equal(status, 7, stderr);
});

/** A file whose number is closed, so that nothing can be written to it, until it is opened. */
function closedFile(clean: (end: () => void) => void) {
  const folder = mkdtempSync(join(tmpdir(), "lab-lines-"));
  clean(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "log");
  const file = openSync(path, "w");
  closeSync(file);
  return {
    file,
    // The lowest number that is free (open(2)), which nobody can have taken meanwhile, as all of this happens at once.
    open: () => assert.equal(openSync(path, "a"), file),
    lines: () => readFileSync(path, "utf8").split("\n").slice(0, -1),
  };
}

test("what cannot be written waits for the next line, in its order", (t) => {
  const { file, open, lines } = closedFile((end) => t.after(end));
  const output = new LineOutput(file, (count) => `${count} left out\n`);
  output.write("first\n");
  output.write("second\n");
  open();
  output.write("third\n");
  assert.deepEqual(lines(), ["first", "second", "third"]);
  closeSync(file);
});

test("what is more than can wait is left out, and it says how many lines were", (t) => {
  const { file, open, lines } = closedFile((end) => t.after(end));
  const output = new LineOutput(file, (count) => `${count} left out\n`);
  for (let i = 0; i < 20; i++) output.write(`${i} ${"x".repeat(100_000)}\n`);
  open();
  output.write("room again\n");
  output.write("and on\n");
  assert.deepEqual(
    lines().map((line) => line.slice(0, 12).trim()),
    [
      ...Array.from({ length: 10 }, (_, i) => `${i} ${"x".repeat(10)}`),
      "10 left out",
      "room again",
      "and on",
    ],
  );
  closeSync(file);
});
