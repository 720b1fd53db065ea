import assert from "node:assert/strict";
import { test } from "node:test";
import { drawValues, fillValues } from "./random-values.ts";

test("values are drawn anew, with as many digits as are asked for", () => {
  const drawn = Array.from({ length: 20 }, () => drawValues({ card: { digits: 8 } }).card ?? "");
  for (const it of drawn) assert.match(it, /^\d{8}$/);
  assert.ok(new Set(drawn).size > 1);
});

test("a name in braces is replaced wherever it stands, and all else stays", () => {
  const check = {
    headers: { card: "4006-{last}", id: "{hex:16}" },
    list: ["{last}{last}", 3, null],
    ok: true,
  };
  assert.deepEqual(fillValues(check, { last: "0042" }), {
    headers: { card: "4006-0042", id: "{hex:16}" },
    list: ["00420042", 3, null],
    ok: true,
  });
  assert.equal(fillValues("{constructor}", {}), "{constructor}");
});
