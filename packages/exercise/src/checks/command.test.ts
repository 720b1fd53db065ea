import assert from "node:assert/strict";
import { test } from "node:test";
import { commandCheck, runCommand } from "./command.ts";
import type { CheckContext } from "./context.ts";

const context = { folder: "/their/files" } as CheckContext;
const run = (check: object) =>
  runCommand(
    commandCheck.parse({ kind: "command", name: "n", expect: "so it should be", ...check }),
    context,
  );
const node = (script: string) => [process.execPath, "-e", script, "{files}/a.proto"];

test("a program's exit code and words decide", async () => {
  assert.equal((await run({ run: node("") })).ok, true);
  assert.equal((await run({ run: node("process.exit(3)"), code: 3 })).ok, true);
  assert.equal((await run({ run: node("console.log('fine')"), matches: "^fine$" })).ok, true);
  assert.equal((await run({ run: node("console.log('fine')"), matches: "bad" })).ok, false);
});

test("what it says is told, with the learner's files in its arguments", async () => {
  const { ok, items } = await run({ run: node("console.error('no ' + process.argv[1]); process.exit(1)") });
  assert.equal(ok, false);
  assert.match(items[0]?.seen ?? "", /ended with 1:\s+no \/their\/files\/a\.proto/);
  assert.deepEqual(items[0]?.faults, [{ code: "command.failed", edge: "n" }]);
});

test("a program that is not there is an error of the exercise, not a wrong solution", async () => {
  await assert.rejects(run({ run: ["no-such-program"] }), /ENOENT/);
});
