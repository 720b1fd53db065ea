import assert from "node:assert/strict";
import { test } from "node:test";
import { escapeMarkup } from "./markup.ts";
import { printable, printableJson, printableLines } from "./printable.ts";

/** Every code unit and code point of which Unicode says that it is not shown. */
const steering = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code)).filter((it) =>
  /^[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]$/u.test(it),
);

test("nothing that steers passes, wherever it stands", () => {
  assert.ok(steering.length > 2_200, `${steering.length} with the halves of characters`);
  for (const it of steering) {
    // Each by itself: two halves beside each other would be one character.
    assert.equal(printable(`a${it}b`), "a\uFFFDb", JSON.stringify(it));
    assert.equal(
      escapeMarkup(`a${it}b`),
      it === "\n" || it === "\t" ? `a${it}b` : "a\uFFFDb",
      JSON.stringify(it),
    );
    const json = printableJson(JSON.stringify({ [it]: it }));
    assert.deepEqual(JSON.parse(json), { [it]: it });
    assert.doesNotMatch(json, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  }
});

test("what is shown stays as it is", () => {
  const text = "gateway: ¿qué? 東京 🦀 עברית a\u0301";
  assert.equal(printable(text), text);
  assert.equal(printableLines(`${text}\r\n\t${text}`), `${text}\n\t${text}`);
});
