import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { compile } from "./compile.ts";
import { findExercise } from "./exercise.ts";
import { solutionText, startFiles, startText } from "./exercise-files.ts";
import { filesBelow, writeFiles } from "./files.ts";
import { generate } from "./generate.ts";
import { workspaceFolder } from "./workspace.ts";

const exercise = findExercise("12-add-an-rpc");

suite("the code that an exercise generates from its contracts", () => {
  let scratch: string;
  before(() => {
    // The code finds the packages that it imports.
    mkdirSync(workspaceFolder(), { recursive: true });
    scratch = mkdtempSync(join(workspaceFolder(), ".generate-"));
  });
  after(() => rmSync(scratch, { recursive: true }));

  for (const [side, textOf] of Object.entries({ start: startText, solution: solutionText })) {
    test(`is among the files of the ${side}, which compile with it`, async () => {
      const folder = join(scratch, side);
      writeFiles(folder, new Map(startFiles(exercise).map((it) => [it, textOf(exercise, it)])));
      assert.deepEqual(
        filesBelow(join(folder, "gen")).map((it) => it.replace("_pb.ts", ".proto")),
        filesBelow(join(folder, "proto")),
      );
      await compile(exercise, folder);
    });
  }

  test("follows the contracts of its side", () => {
    const path = "gen/cafe/v1/cafe_pb.ts";
    assert.equal(startText(exercise, path), readFileSync(join(repoRoot, "proto", path), "utf8"));
    assert.match(solutionText(exercise, path), /listDrinks: \{/);
  });
});

test("contracts that buf rejects are reported in its words", () => {
  const contracts = ["buf.yaml", "buf.gen.yaml"].map((it) => [it, startText(exercise, it)] as const);
  assert.throws(() => generate(new Map([...contracts, ["proto/a.proto", "message {\n"]])), {
    message: /proto\/a\.proto:1:9:/,
    exitCode: 8,
  });
});
