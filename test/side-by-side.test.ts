import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { runSideBySide } from "./side-by-side.ts";

/** Stands for the program that runs a stage: its name is JavaScript, and what it does. */
const command = [process.execPath, "--eval"];

async function run(...queues: string[][]) {
  const lines: string[] = [];
  const counts = await runSideBySide(queues, command, (line) => lines.push(line));
  return { counts, lines };
}

suite("stages side by side", () => {
  test("each line bears the name of its stage, and each stage is counted", async () => {
    const one = 'console.log("1 passed, 0 failed")';
    const two = 'console.error("slow"); console.log("2 passed, 3 failed"); process.exitCode = 1';
    const { counts, lines } = await run([one], [two]);
    assert.deepEqual(counts, [
      { passed: 1, failed: 0 },
      { passed: 2, failed: 3 },
    ]);
    assert.ok(lines.includes(`${one.padEnd(two.length)} | 1 passed, 0 failed`), lines.join("\n"));
    assert.ok(lines.includes(`${two} | slow`), lines.join("\n"));
  });

  test("those of a queue wait for each other, and not for those of the other queue", async () => {
    const ends = (port: string) => `process.send?.("${port}"); console.log("1 passed, 0 failed")`;
    const { lines } = await run([ends("first"), ends("second")], [ends("beside")]);
    const order = lines.map((it) => /first|second|beside/.exec(it)?.[0]);
    assert.ok(order.indexOf("first") < order.indexOf("second"), lines.join("\n"));
    assert.equal(order.length, 3);
  });

  test("one that dies is a failure, beside what it had counted", async () => {
    const { counts } = await run(
      ["process.exit(1)"],
      [
        'console.log("4 passed, 0 failed"); process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000)',
      ],
      ['console.log("no count")'],
    );
    assert.deepEqual(counts, [
      { passed: 0, failed: 1 },
      { passed: 4, failed: 1 },
      { passed: 0, failed: 1 },
    ]);
  });

  test("without stages there is nothing to count", async () => {
    assert.deepEqual((await run([], [])).counts, []);
  });
});
