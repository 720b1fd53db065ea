import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { RequestBodies } from "./request-body.ts";

test("bodies are unpacked one after the other, and one that cannot be taken holds up nobody", async () => {
  const bodies = new RequestBodies();
  const began: string[] = [];
  const ends: (() => void)[] = [];
  const read = (text: string) =>
    bodies.read(Readable.from([Buffer.from(text)]), async (body) => {
      began.push(`${body}`);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (text === "b") throw new Error("broken");
      return text;
    });
  const [a, b, c] = [read("a"), read("b"), read("c")];
  const failed = assert.rejects(b, /broken/);
  for (const it of ["a", "b", "c"]) {
    while (ends.length === 0) await setImmediate();
    // Time enough for another to begin, were it let.
    for (let turns = 0; turns < 20; turns++) await setImmediate();
    assert.equal(began.at(-1), it);
    ends.pop()?.();
  }
  assert.deepEqual([await a, await c], ["a", "c"]);
  await failed;
  assert.deepEqual(began, ["a", "b", "c"]);
});
