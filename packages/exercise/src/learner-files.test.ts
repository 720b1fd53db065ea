import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { savesIn } from "./check-exercise.ts";
import { findExercise } from "./exercise.ts";
import { tellHint, textOf } from "./hints.ts";
import { beginExercise, showSolution } from "./learn.ts";
import { FileChangedError, learnerFiles, saveLearnerFile } from "./learner-files.ts";
import { readProgress } from "./progress.ts";
import { copyFolder, resetCopy } from "./workspace.ts";

const exercise = findExercise("02-does-not-inject");
const path = "gateway/src/client-tracing.ts";
/** What others of this process have it be. */
const { LAB_WORKSPACE: others } = process.env;

suite("what a learner does", () => {
  before(() => {
    mkdirSync(join(repoRoot, ".lab"), { recursive: true });
    process.env.LAB_WORKSPACE = mkdtempSync(join(repoRoot, ".lab", "workspace-"));
  });
  after(() => {
    rmSync(process.env.LAB_WORKSPACE as string, { recursive: true });
    if (others === undefined) delete process.env.LAB_WORKSPACE;
    else process.env.LAB_WORKSPACE = others;
  });

  suite("the learner's files", () => {
    test("are the start's until there is a copy, and nothing is saved before", () => {
      const files = learnerFiles(exercise);
      assert.deepEqual(
        files.map((it) => [it.path, it.location]),
        [
          [path, undefined],
          ["gateway/src/main.ts", undefined],
        ],
      );
      assert.throws(() => saveLearnerFile(exercise, { path, text: "" }), /is not started/);
      assert.equal(existsSync(copyFolder(exercise)), false);
    });

    test("are saved in their place, from the version that they were read in", () => {
      assert.deepEqual(beginExercise(exercise), [path, "gateway/src/main.ts"]);
      assert.equal(readProgress().current, exercise.name);
      const [file] = learnerFiles(exercise);
      const version = saveLearnerFile(exercise, { path, text: "// mine\n", from: file?.version });
      assert.equal(readFileSync(file?.location as string, "utf8"), "// mine\n");
      assert.equal(learnerFiles(exercise)[0]?.version, version);
    });

    test("that an editor changed meanwhile are not overwritten, unless that is wanted", () => {
      const [file] = learnerFiles(exercise);
      writeFileSync(file?.location as string, "// the editor's\n");
      const save = (from: string | undefined) =>
        saveLearnerFile(exercise, { path, text: "// the page's\n", from });
      assert.throws(() => save(file?.version), FileChangedError);
      assert.equal(readFileSync(file?.location as string, "utf8"), "// the editor's\n");
      save(undefined);
      assert.equal(readFileSync(file?.location as string, "utf8"), "// the page's\n");
    });

    for (const other of [
      "../../../package.json",
      "gateway/src/../../../../package.json",
      "gateway/src/../src/main.ts",
      "./gateway/src/main.ts",
      "/etc/passwd",
      "gateway\\src\\main.ts",
      "gateway/src/main.ts\0",
      "gateway/src/new.ts",
      "gateway/src",
      "",
      "__proto__",
    ]) {
      test(`no other file is saved: ${JSON.stringify(other)}`, () => {
        assert.throws(() => saveLearnerFile(exercise, { path: other, text: "x" }), /is none of the files/);
      });
    }

    test("that are links lead nowhere else", () => {
      const outside = join(process.env.LAB_WORKSPACE as string, "outside.ts");
      writeFileSync(outside, "kept");
      const location = join(copyFolder(exercise), "gateway/src/main.ts");
      rmSync(location);
      symlinkSync(outside, location);
      assert.throws(() => saveLearnerFile(exercise, { path: "gateway/src/main.ts", text: "x" }), /is a link/);
      assert.equal(readFileSync(outside, "utf8"), "kept");
      rmSync(location);
      beginExercise(exercise);
    });

    test("have an end to their size", () => {
      assert.throws(
        () => saveLearnerFile(exercise, { path, text: "x".repeat(1_000_001) }),
        /larger than 1 MB/,
      );
    });

    test("say when they are saved, also by an editor that puts a new file in the place of the old", async () => {
      const end = new AbortController();
      const saves = savesIn(copyFolder(exercise), end.signal);
      const first = saves.next();
      saveLearnerFile(exercise, { path, text: "// again\n" });
      assert.equal((await first).done, false);
      const second = saves.next();
      const location = join(copyFolder(exercise), path);
      rmSync(location);
      writeFileSync(location, "// replaced\n");
      assert.equal((await second).done, false);
      const third = saves.next();
      end.abort();
      assert.equal((await third).done, true);
    });

    test("say when they are saved after a reset too, which puts them aside", async () => {
      const end = new AbortController();
      saveLearnerFile(exercise, { path, text: "// mine\n" });
      const saves = savesIn(copyFolder(exercise), end.signal);
      const first = saves.next();
      const backup = resetCopy(exercise, new Date()) as string;
      assert.equal(readFileSync(join(backup, path), "utf8"), "// mine\n");
      assert.notEqual(readFileSync(join(copyFolder(exercise), path), "utf8"), "// mine\n");
      assert.equal((await first).done, false);
      const second = saves.next();
      saveLearnerFile(exercise, { path, text: "// after it\n" });
      assert.equal((await second).done, false);
      end.abort();
      await saves.return(undefined);
    });
  });

  suite("help", () => {
    test("who asks for the same hint twice is told it once", () => {
      assert.equal(tellHint(exercise, 0).length, 1);
      assert.equal(tellHint(exercise, 0).length, 1);
      assert.equal(tellHint(exercise, 1).length, 2);
      assert.equal(tellHint(exercise).length, 3);
      assert.deepEqual(
        tellHint(exercise).map(({ text }) => text),
        exercise.hints.filter((it) => typeof it === "string").map(textOf),
      );
    });

    test("the solution is a diff, and that it was shown is remembered", () => {
      assert.match(showSolution(exercise), /^--- yours\/gateway/m);
      assert.equal(readProgress().exercises[exercise.name]?.solutionShown, true);
    });
  });
});
