import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { isNoId, readSpanId, readTraceId } from "./ids.ts";

suite("readSpanId", () => {
  for (const [what, raw, id, quirk] of [
    ["as OTLP has it", "eee19b7ec3c1b174", "eee19b7ec3c1b174", undefined],
    ["in upper case", "EEE19B7EC3C1B174", "eee19b7ec3c1b174", undefined],
    ["in base64", "7uGbfsPBsXQ=", "eee19b7ec3c1b174", undefined],
    ["shorter", "a1", "00000000000000a1", "padded-id"],
    ["one letter", "A", "000000000000000a", "padded-id"],
  ] as const) {
    test(`${what}: ${raw}`, () => {
      assert.deepEqual(readSpanId(raw), quirk === undefined ? { id } : { id, quirk });
    });
  }

  test("of a word, or a number that is too long, an id is made: the same each time, and another for each", () => {
    const words = [
      "span-1",
      "span-2",
      "G",
      "b".repeat(48),
      "1234567890123456789",
      "bestellung-ä",
      "req/2025:07",
    ];
    const ids = words.map((it) => {
      const read = readSpanId(it);
      assert.equal(read?.quirk, "foreign-id", it);
      assert.match(read?.id ?? "", /^[0-9a-f]{16}$/);
      assert.deepEqual(readSpanId(it), read);
      assert.match(readTraceId(it)?.id ?? "", /^[0-9a-f]{32}$/);
      return read?.id;
    });
    assert.equal(new Set(ids).size, words.length);
    const many = Array.from({ length: 100_000 }, (_, i) => readSpanId(`span-${i}`)?.id);
    assert.equal(new Set(many).size, many.length);
  });

  test("nothing, zeros, and what is no word are none", () => {
    for (const raw of [
      undefined,
      null,
      7,
      "",
      "0",
      "0".repeat(32),
      "two words",
      "a\nb",
      "x".repeat(129),
      {},
    ]) {
      assert.equal(readSpanId(raw), undefined, String(raw));
    }
    for (const raw of [undefined, null, "", "0000", "AAAAAAAAAAA=", "null", "none"])
      assert.ok(isNoId(raw), String(raw));
    for (const raw of ["A", "a1", "nullable", 7]) assert.ok(!isNoId(raw), String(raw));
  });
});
