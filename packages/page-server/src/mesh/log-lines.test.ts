import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { LogLineReader } from "./log-lines.ts";

const read = (...texts: string[]) => {
  const reader = new LogLineReader();
  return texts.map((text) => reader.read({ text, skipped: 0 }).lines);
};

suite("lines of a log", () => {
  test("are whole, wherever the text was cut", () => {
    assert.deepEqual(read("a\nb", "c\r\n", "\nd"), [["a"], ["bc"], [""]]);
  });

  test("steer nothing", () => {
    assert.deepEqual(read("\u001b[31mred\u202e\n"), [["\uFFFD[31mred\uFFFD"]]);
  });

  test("that are too many or too long are cut, and it is said", () => {
    const reader = new LogLineReader();
    const { lines, skipped } = reader.read({ text: "x\n".repeat(2_010), skipped: 5 });
    assert.deepEqual([lines.length, skipped], [2_000, 25]);
    const [long = ""] = reader.read({ text: `${"y".repeat(5_000)}\n`, skipped: 0 }).lines;
    assert.match(long, /^y{4000}… \(5000 characters\)$/);
  });

  test("that never end fill no memory", () => {
    const reader = new LogLineReader();
    for (let i = 0; i < 100; i++) reader.read({ text: "z".repeat(100_000), skipped: 0 });
    const [line = ""] = reader.read({ text: "\n", skipped: 0 }).lines;
    assert.ok(line.length < 4_100);
  });

  test("of which the beginning was left out do not grow together with others", () => {
    const reader = new LogLineReader();
    reader.read({ text: "begun", skipped: 0 });
    assert.deepEqual(reader.read({ text: "rest\nnext\n", skipped: 9 }).lines, ["rest", "next"]);
  });
});
