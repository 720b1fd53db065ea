import assert from "node:assert/strict";
import { test } from "node:test";
import { duration, progressPrinter } from "./progress.ts";

function recorder(isTTY: boolean) {
  let time = 0;
  let text = "";
  const stream = { isTTY, columns: 40, write: (chunk: string) => (text += chunk) };
  const printer = progressPrinter(stream, () => time);
  const at = (ms: number, kind: "note" | "tick", line: string): void => {
    time = ms;
    printer.onProgress({ program: "tempo", kind, text: line, elapsedMs: ms });
  };
  return { at, end: printer.end, text: () => text };
}

test("outside a terminal a tick is printed every five seconds, a note always", () => {
  const { at, end, text } = recorder(false);
  at(0, "note", "Building Tempo");
  at(1_000, "tick", "1 of 9");
  at(5_000, "tick", "5 of 9");
  at(6_000, "tick", "6 of 9");
  at(6_500, "note", "Tempo is installed");
  end();
  assert.equal(text(), "Building Tempo\n  0:05  5 of 9\nTempo is installed\n");
});

test("on a terminal ticks rewrite one line, which never wraps, and a note clears it", () => {
  const { at, end, text } = recorder(true);
  at(0, "tick", "x".repeat(100));
  at(65_000, "tick", "linking");
  at(66_000, "note", "done");
  end();
  const [first, second, third, ...rest] = text().split("\r\x1b[2K").slice(1);
  assert.equal(first?.length, 39);
  assert.equal(second, "  1:05  linking");
  assert.equal(third, "done\n");
  assert.deepEqual(rest, []);
});

test("durations are minutes and seconds", () => {
  assert.equal(duration(0), "0:00");
  assert.equal(duration(65_999), "1:05");
  assert.equal(duration(3_600_000), "60:00");
});
