import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { findExercise, makeExercise, verifyExercise } from "@envoy-mesh-lab/exercise";
import { useOwnMesh } from "./own-mesh.ts";

useOwnMesh(7);

// A teacher's own, beside the lab's.
const exercises = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
process.env.LAB_EXERCISES = exercises;
after(() => rmSync(exercises, { recursive: true }));

test("a new exercise is proved before a word of it is written", async (t) => {
  makeExercise("retries-doubled");
  const claims: string[] = [];
  for await (const { claim, ok, seen } of verifyExercise(findExercise("retries-doubled"))) {
    claims.push(claim);
    await t.test(claim, () => assert.ok(ok, seen));
  }
  assert.deepEqual(claims, [
    "the start shows hop.missing, kind.one-span-proxy, and nothing else",
    "a configuration that Envoy rejects gets Envoy's words",
    "the solution passes",
  ]);
});
