import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { exerciseNames, findExercise } from "./exercise.ts";
import { packExercises, unpackExercises } from "./pack.ts";

suite("a pack of exercises", () => {
  const folder = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
  const exercises = [findExercise("2"), findExercise("12")];
  const text = packExercises(exercises);
  before(() => {
    process.env.LAB_EXERCISES = join(folder, "others");
  });
  after(() => {
    delete process.env.LAB_EXERCISES;
    rmSync(folder, { recursive: true });
  });

  test("is taken by another clone, with all files as they are", () => {
    assert.deepEqual(unpackExercises(text), ["02-does-not-inject", "12-add-an-rpc"]);
    assert.deepEqual(exerciseNames(), ["02-does-not-inject", "12-add-an-rpc"]);
    assert.equal(packExercises([findExercise("2"), findExercise("12")]), text);
  });

  test("does not take the place of an exercise that is there", () => {
    assert.throws(() => unpackExercises(text), { message: /an exercise 2 already/ });
  });

  test("that would write elsewhere, or is none, or has an exercise that is not valid, leaves nothing", () => {
    process.env.LAB_EXERCISES = join(folder, "fresh");
    const changed = (
      change: (it: { exercises: { name: string; files: Record<string, string> }[] }) => void,
    ) => {
      const content = JSON.parse(text);
      change(content);
      return JSON.stringify(content);
    };
    const file = (path: string) =>
      changed(({ exercises: [first] }) => {
        if (first) first.files[path] = "x";
      });
    for (const path of ["../../evil", "/etc/evil", "a/../../b", ".hidden", "a\\..\\b", "a//b", "C:x"]) {
      assert.throws(() => unpackExercises(file(path)), { message: /no pack/ }, path);
    }
    assert.throws(() => unpackExercises("{"), { message: /no pack of exercises/ });
    const odd = changed(({ exercises: [, second] }) => {
      if (second) second.files["exercise.yaml"] = "title: 3\n";
    });
    assert.throws(() => unpackExercises(odd), { message: /12-add-an-rpc.*not valid/s });
    const here = join(folder, "fresh");
    assert.deepEqual(existsSync(here) ? readdirSync(here) : [], []);
  });
});
