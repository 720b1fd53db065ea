import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { drawValues, fillValues, orDrawn } from "./random-values.ts";

test("values are drawn anew, with as many digits as are asked for", () => {
  const drawn = Array.from({ length: 20 }, () => String(drawValues({ card: { digits: 8 } }).card));
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

test("numbers are drawn between two, choices among several, and both ends come to pass", () => {
  const drawn = Array.from({ length: 60 }, () =>
    drawValues({ orders: { from: 2, to: 4 }, drink: { of: ["tea", "chai"] }, id: { hex: 8 } }),
  );
  assert.deepEqual([...new Set(drawn.map(({ orders }) => orders))].sort(), [2, 3, 4]);
  assert.deepEqual([...new Set(drawn.map(({ drink }) => drink))].sort(), ["chai", "tea"]);
  for (const { id } of drawn) assert.match(String(id), /^[0-9a-f]{8}$/);
});

test("a text that is nothing but a name becomes the value itself, and a number is taken or refused before", () => {
  const schema = z.strictObject({ number: orDrawn(z.int().min(1)) });
  assert.deepEqual(fillValues(schema.parse({ number: "{orders}" }), { orders: 3 }), { number: 3 });
  assert.deepEqual(fillValues({ name: "{orders} orders" }, { orders: 3 }), { name: "3 orders" });
  for (const number of [0, "three", "{a} b"]) assert.equal(schema.safeParse({ number }).success, false);
});
