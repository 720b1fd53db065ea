import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { exerciseNames, findExercise } from "./exercise.ts";
import { variantKinds, variantsOf } from "./variants.ts";

/** How many of a kind each exercise has at least. */
const least = { cheats: 3, "also-right": 2 };

suite("each exercise has cheats, and right solutions that differ from ours, which fit its own", () => {
  for (const exercise of exerciseNames().map(findExercise)) {
    for (const kind of variantKinds) {
      test(`${exercise.name}: ${kind}`, () => {
        // A patch that fits no file, or changes nothing, throws.
        const names = variantsOf(exercise, kind).map(({ name }) => name);
        assert.ok(names.length >= least[kind], `only ${names.join(", ") || "none"}`);
      });
    }
  }
});

test("a patch that fits no file of the solution is reported", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const exercise = findExercise("2");
  cpSync(exercise.folder, folder, { recursive: true });
  mkdirSync(join(folder, "cheats"), { recursive: true });
  writeFileSync(join(folder, "cheats", "odd.patch"), "--- nowhere.ts\n+++ cheat\n@@ -1 +1 @@\n-a\n+b\n");
  assert.throws(() => variantsOf({ ...exercise, folder }, "cheats"), {
    name: "LabError",
    message: /odd\.patch does not change nowhere\.ts/,
  });
});
