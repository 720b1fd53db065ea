import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { exercisesFolder, readExercise } from "./exercise.ts";
import { startText } from "./exercise-files.ts";
import { hunksOf } from "./solution.ts";

const scratch = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
after(() => rmSync(scratch, { recursive: true }));

suite("a patch in the place of a copy", () => {
  /** An exercise whose patch was changed. */
  function withPatch(change: (text: string) => string) {
    const folder = mkdtempSync(join(scratch, "e"));
    cpSync(join(exercisesFolder(), "08-sampled-twice"), folder, { recursive: true });
    const file = join(folder, "start", "envoy", "gateway.yaml.patch");
    writeFileSync(file, change(readFileSync(file, "utf8")));
    return readExercise(folder);
  }
  const asItIs = (text: string) => text;
  const path = "envoy/gateway.yaml";
  const ours = readFileSync(join(repoRoot, path), "utf8");

  test("is the mesh's file, but for what the exercise is about", () => {
    const hunks = hunksOf(ours, startText(withPatch(asItIs), path));
    assert.deepEqual(
      hunks.flatMap(({ lines }) =>
        lines.filter((it) => /^[-+]/.test(it)).map((it) => it.replace(/ +/g, " ")),
      ),
      ["- random_sampling: { value: 100 }", "+ random_sampling: { value: 50 }"],
    );
  });

  test("finds its lines when others before them have changed the line numbers", () => {
    const moved = withPatch((it) =>
      it.replace(/^@@ -(\d+),7 \+(\d+),7 @@/m, (_, from, to) => `@@ -${from - 20},7 +${to - 20},7 @@`),
    );
    assert.equal(startText(moved, path), startText(withPatch(asItIs), path));
  });

  test("that the mesh's file has grown out of is reported, with what to do", () => {
    const old = withPatch((it) =>
      it.replace("-                  random_sampling: { value: 100 }", "-  rate: 100"),
    );
    assert.throws(() => startText(old, path), {
      message: /gateway\.yaml\.patch does not fit envoy\/gateway\.yaml any more/,
      hint: /diff -u envoy\/gateway\.yaml/,
    });
  });
});
