import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { matchesGlob } from "node:path";
import { test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { quick, stages } from "./stages.ts";

test("every file of tests belongs to a stage", () => {
  const globs = [...Object.values(stages), ...Object.values(quick)].flatMap((it) => it.files);
  const all = globSync("**/*.{test,e2e,page}.ts", {
    cwd: repoRoot,
    exclude: (it) => /^(node_modules|workspace|\..*)$/.test(it),
  });
  assert.ok(all.length > 200);
  assert.deepEqual(
    all.filter((file) => !globs.some((it) => matchesGlob(file, it))),
    [],
  );
});
