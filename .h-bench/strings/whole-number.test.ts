import assert from "node:assert/strict";
import { test } from "node:test";
import { parseWhole } from "./whole-number.ts";

test("a whole number is digits, within its limits", () => {
  assert.equal(parseWhole("0"), 0);
  assert.equal(parseWhole("007"), 7);
  assert.equal(parseWhole("10", 1, 10), 10);
  assert.equal(parseWhole("-1000", -65_535), -1000);
  assert.equal(Object.is(parseWhole("-0"), 0), true);
  for (const text of ["", " 1", "1 ", "+1", "1.0", "1e3", "0x1F", "1_000", "١", "-1", "9007199254740993"]) {
    assert.equal(parseWhole(text), undefined, JSON.stringify(text));
  }
  assert.equal(parseWhole("11", 1, 10), undefined);
});
