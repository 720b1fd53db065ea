import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { base64, base64ToHex, concat, hex, latin1, utf8 } from "./bytes.ts";

// The same bytes as Node has them and as a browser has them. Where there is no Buffer at all, test/browser looks.
const texts = { utf8, latin1, hex, base64 };

for (const [name, text] of Object.entries(texts)) {
  test(`bytes of any kind are the same ${name} in Node and in a browser`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        assert.equal(text(new Uint8Array(bytes)), text(Buffer.from(bytes)));
      }),
    );
  });
}

test("a part of the bytes is what stands there", () => {
  for (const bytes of [Buffer.from("a span"), new TextEncoder().encode("a span")]) {
    assert.equal(utf8(bytes, 2, 4), "sp");
    assert.equal(latin1(bytes, 2, 4), "sp");
    assert.equal(hex(bytes, 2, 4), "7370");
  }
});

test("pieces are put together in a piece of its own", () => {
  const pieces = [Uint8Array.of(1, 2), Uint8Array.of(), Uint8Array.of(3)];
  const all = concat(pieces);
  assert.deepEqual([...all], [1, 2, 3]);
  pieces[0]?.fill(9);
  assert.deepEqual([...all], [1, 2, 3]);
});

test("base64 of both kinds becomes hexadecimal digits", () => {
  assert.equal(base64ToHex("+/8="), "fbff");
  assert.equal(base64ToHex("-_8"), "fbff");
});
