import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { createClient, createRouterTransport } from "@connectrpc/connect";
import { copyFolder, exerciseNames, findExercise } from "@envoy-mesh-lab/exercise";
import { ExercisesService } from "@envoy-mesh-lab/proto/page/v1/exercises_pb.ts";
import { createExercisesService } from "./exercises-service.ts";

test("an exercise in Istio is left to the terminal, before anything is copied or changed", async () => {
  const workspace = process.env.LAB_WORKSPACE;
  process.env.LAB_WORKSPACE = "workspace/.test-page-istio";
  try {
    const transport = createRouterTransport((router) =>
      router.service(ExercisesService, createExercisesService()),
    );
    const client = createClient(ExercisesService, transport);
    const exercise = exerciseNames()
      .map(findExercise)
      .find(({ mesh }) => mesh === "istio");
    assert.ok(exercise);
    const words = new RegExp(`no page; begin it in a terminal: lab exercise start ${exercise.number}`);
    await assert.rejects(client.startExercise({ name: exercise.name }), words);
    const check = async () => {
      for await (const _ of client.checkExercise({ name: exercise.name })) assert.fail("it was begun");
    };
    await assert.rejects(check(), words);
    assert.equal(existsSync(copyFolder(exercise)), false);
  } finally {
    if (workspace === undefined) delete process.env.LAB_WORKSPACE;
    else process.env.LAB_WORKSPACE = workspace;
  }
});
