import assert from "node:assert/strict";
import { test } from "node:test";
import { styleText } from "node:util";
import type { Color } from "./paint.ts";
import { paint } from "./paint.ts";

test("a text is painted as Node does it", () => {
  const colors: Color[] = ["red", "green", "yellow", "blue", "magenta", "cyan", "gray"];
  for (const color of colors) {
    assert.equal(paint(color, "a text"), styleText(color, "a text", { validateStream: false }));
  }
});
