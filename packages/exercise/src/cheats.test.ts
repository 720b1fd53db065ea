import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { cheatsOf } from "./cheats.ts";
import { exerciseNames, findExercise } from "./exercise.ts";
import { solutionText } from "./exercise-files.ts";

suite("the cheats of each exercise fit its solution", () => {
  for (const exercise of exerciseNames().map(findExercise)) {
    test(exercise.name, () => {
      for (const { name, files } of cheatsOf(exercise)) {
        const changed = [...files].filter(([path, text]) => text !== solutionText(exercise, path));
        assert.ok(changed.length > 0, name);
      }
    });
  }

  test("exercises that could be cheated have some", () => {
    for (const number of ["7", "12", "15"]) assert.ok(cheatsOf(findExercise(number)).length >= 2, number);
  });
});

test("a patch that fits no file of the solution is told", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const exercise = findExercise("2");
  cpSync(exercise.folder, folder, { recursive: true });
  mkdirSync(join(folder, "cheats"), { recursive: true });
  writeFileSync(join(folder, "cheats", "odd.patch"), "--- nowhere.ts\n+++ cheat\n@@ -1 +1 @@\n-a\n+b\n");
  assert.throws(() => cheatsOf({ ...exercise, folder }), {
    name: "LabError",
    message: /odd\.patch does not change nowhere\.ts/,
  });
});
