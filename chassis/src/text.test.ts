import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectError } from "@connectrpc/connect";
import { createLogger } from "./logger.ts";
import { cutToBytes, quote, shortened } from "./text.ts";

test("a message quotes the beginning of an input, and says how long it was", () => {
  assert.equal(quote("flat white"), '"flat white"');
  assert.equal(quote("x".repeat(4_194_000)), `"${"x".repeat(40)}…" (4194000 characters)`);
  assert.equal(quote('a"\n\u0000b'), String.raw`"a\"\n\u0000b"`);
});

test("no character is cut in two", () => {
  for (const text of ["🍵".repeat(50), `a${"🍵".repeat(50)}`]) {
    assert.ok(quote(text).isWellFormed() && !quote(text).includes(String.raw`\ud8`), quote(text));
    assert.ok(shortened(text, 7).isWellFormed());
    for (let bytes = 8; bytes < 16; bytes++) {
      const cut = cutToBytes(text, bytes);
      assert.ok(cut.isWellFormed() && !cut.includes("\ufffd") && Buffer.byteLength(cut) <= bytes, cut);
    }
  }
});

test("an error in the log is no longer than a person reads", () => {
  const lines: string[] = [];
  const log = createLogger({
    serviceName: "t",
    level: "info",
    destination: { write: (it) => lines.push(it) },
  });
  log.error({ err: new ConnectError("x".repeat(4_194_000)) }, "broken");
  assert.ok((lines[0]?.length ?? 0) < 6_000, `${lines[0]?.length}`);
  assert.match(lines[0] ?? "", /"message":"\[unknown\] x+… \(4194010 characters\)"/);
});
