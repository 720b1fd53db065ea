import assert from "node:assert/strict";
import { test } from "node:test";
import { checks, runCheck } from "./check-list.ts";

/** Those of `npm run check` that find the most in the shortest time. */
const names = ["types", "types of the page", "format and lint", "imports"];

for (const name of names) {
  test(name, () => {
    const check = checks.find((it) => it.name === name);
    assert.ok(check, "a check of this name");
    const { status, output } = runCheck(check);
    assert.equal(status, 0, `${output}\nto mend: ${check.hint}`);
  });
}
