import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { captureHeaders } from "./header-capture.ts";
import { maxTextBytes, shorten } from "./shorten.ts";
import { describeFailure } from "./status.ts";

const bytesOf = (text: string) => Buffer.byteLength(text);

test("a text within the limit is left as it is, to the last byte", () => {
  for (const text of ["", "espresso", "x".repeat(maxTextBytes), "é".repeat(maxTextBytes / 2)]) {
    assert.equal(shorten(text), text);
  }
});

test("a longer one is cut to the limit between characters, and says so", () => {
  for (const character of ["x", "é", "茶", "☕", "🍵"]) {
    for (const prefix of ["", "a", "ab", "abc"]) {
      const short = shorten(prefix + character.repeat(2 * maxTextBytes));
      assert.ok(
        bytesOf(short) <= maxTextBytes && bytesOf(short) > maxTextBytes - 8,
        `${bytesOf(short)} bytes`,
      );
      assert.ok(short.isWellFormed(), character);
      assert.match(short, new RegExp(`^${prefix}(${character})+…$`, "u"));
    }
  }
});

test("what a peer sends does not grow a span: messages of errors and headers", () => {
  const long = "茶".repeat(1_400_000);
  for (const side of ["client", "server"] as const) {
    const { message } = describeFailure(new ConnectError(long, Code.NotFound), side, true);
    assert.ok(bytesOf(message) <= maxTextBytes, `${bytesOf(message)} bytes`);
  }
  const captured = captureHeaders(
    [{ name: "x-menu", attribute: "menu" }],
    new Headers({ "x-menu": "x".repeat(60_000) }),
  );
  assert.deepEqual(captured.menu, [`${"x".repeat(maxTextBytes - 3)}…`]);
});
