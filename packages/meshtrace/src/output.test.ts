import assert from "node:assert/strict";
import { test } from "node:test";
import { hasColor } from "./output.ts";

test("colours are for terminals that have them, and for who wants them", (t) => {
  const { isTTY } = process.stdout;
  const { TERM, NO_COLOR } = process.env;
  t.after(() => {
    process.stdout.isTTY = isTTY;
    for (const [name, value] of Object.entries({ TERM, NO_COLOR })) set(name, value);
  });
  for (const [isTerminal, term, noColor, expected] of [
    [true, "xterm-256color", undefined, true],
    [true, undefined, "", true],
    [true, "dumb", undefined, false],
    [true, "xterm-256color", "1", false],
    [false, "xterm-256color", undefined, false],
  ] as const) {
    process.stdout.isTTY = isTerminal;
    set("TERM", term);
    set("NO_COLOR", noColor);
    assert.equal(hasColor(), expected, `${isTerminal} ${term} ${noColor}`);
  }
});

function set(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
