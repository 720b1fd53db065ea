import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { printable } from "./printable.ts";
import { wrapLines } from "./text.ts";
import { cutEnd, padText, shorten, textWidth } from "./text-width.ts";

test("a character is as wide as a terminal draws it", () => {
  const widths: [string, number][] = [
    ["espresso", 8],
    ["珈琲", 4],
    ["コーヒー", 8],
    ["ｺｰﾋｰ", 4],
    ["커피", 4],
    ["café", 4],
    ["cafe\u0301", 4],
    ["☕", 2],
    ["❤\ufe0f", 2],
    ["👋🏽", 2],
    ["🇸🇪", 2],
    ["𠮷", 2],
    ["▕█▏ └ ● …", 9],
    ["\u001b[32mgreen\u001b[39m", 5],
  ];
  for (const [text, width] of widths) assert.equal(textWidth(text), width, JSON.stringify(text));
});

test("what is too long is cut with … between whole characters", () => {
  assert.equal(cutEnd("espresso", 8), "espresso");
  assert.equal(cutEnd("espresso", 5), "espr…");
  assert.equal(cutEnd("珈琲店", 5), "珈琲…");
  assert.equal(cutEnd("珈琲店", 4), "珈…");
  assert.equal(shorten("gateway-proxy outbound", 11), "gatew…bound");
  assert.equal(shorten("珈琲店珈琲店", 7), "珈…店");
  assert.equal(padText("珈琲", 6), "珈琲  ");
});

test("long lines go on below where their words began, and an address stays whole", () => {
  assert.equal(
    wrapLines("    seen:   the span is not there at all", 30),
    "    seen:   the span is not\n            there at all",
  );
  assert.equal(wrapLines("  ✔ one two", 10), "  ✔ one\n    two");
  assert.equal(wrapLines("- abcdefgh", 6), "- abcd\n  efgh");
  assert.equal(wrapLines("see http://127.0.0.1:3200/x now", 10), "see\nhttp://127.0.0.1:3200/x\nnow");
});

const text = fc.string({ unit: "grapheme", maxLength: 60 }).map(printable);

test("property: nothing that is cut or broken is wider than it may be, and breaking loses no letter", () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 2, max: 40 }), (it, width) => {
      assert.ok(textWidth(cutEnd(it, width)) <= width, "cut");
      assert.ok(textWidth(shorten(it, width)) <= width, "shortened");
      const broken = wrapLines(it, width);
      if (!it.includes("://")) {
        for (const line of broken.split("\n")) assert.ok(textWidth(line) <= width, JSON.stringify(line));
      }
      assert.equal(broken.replaceAll(/[\n ]/g, ""), it.replaceAll(" ", ""));
    }),
    { numRuns: 1000 },
  );
});
