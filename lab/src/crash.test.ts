import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { recordedFolder } from "@envoy-mesh-lab/trace/testing";

const main = new URL("../main.ts", import.meta.url).pathname;
const whole = join(recordedFolder, "whole.json");

/** Runs `lab check` with a mistake put into it: code that runs first and breaks what it needs. */
function labWith(mistake: string) {
  const preload = `data:text/javascript,${encodeURIComponent(mistake)}`;
  return spawnSync(process.execPath, ["--import", preload, main, "check", "--from", whole, "--json"], {
    encoding: "utf8",
  });
}

const mistakes = {
  "while a command runs": `const real = JSON.stringify;
    JSON.stringify = (value, replacer, indent) => {
      if (indent) throw new TypeError("broken by a test");
      return real(value, replacer);
    };`,
  "outside of the command": 'setImmediate(() => { throw new TypeError("broken by a test"); });',
};

for (const [where, mistake] of Object.entries(mistakes)) {
  test(`a mistake in lab itself, ${where}: 70, what to do, and the stack`, () => {
    const { status, stdout, stderr } = labWith(mistake);
    assert.equal(status, 70, stdout + stderr);
    assert.match(stderr, /^lab: this is a mistake in lab itself, and there is no result: broken by a test\n/);
    assert.match(stderr, /please report it/);
    assert.match(stderr, /TypeError: broken by a test\n +at /);
  });
}

test("a full disk is no mistake in lab: 74, and what to do", () => {
  const { status, stderr } = labWith(`const real = JSON.stringify;
    JSON.stringify = (value, replacer, indent) => {
      if (indent) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
      return real(value, replacer);
    };`);
  assert.equal(status, 74, stderr);
  assert.equal(
    stderr,
    "lab: a disk has no room left, and there is no result: ENOSPC: no space left on device, write\n" +
      "  Make room where the mesh is kept and where the output goes; lab down --volumes removes the traces that are stored.\n",
  );
});
