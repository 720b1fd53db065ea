import assert from "node:assert/strict";
import { test } from "node:test";
import { exerciseNames, findExercise } from "./exercise.ts";
import { expectationOf } from "./expectation.ts";

test("what a busy machine makes of traces is judged only where an exercise says where to look for it", () => {
  const { source } = findExercise(exerciseNames()[0] as string);
  const unjudged = (...codes: string[]) => {
    const look = Object.fromEntries(codes.map((it) => [it, { file: "gateway/src/tracing.ts", at: "end" }]));
    return expectationOf({ source, look }, { name: "one chain", hops: [] }, []).unjudged;
  };
  assert.deepEqual(unjudged("context.lost"), ["time.clock-skew", "time.outlives-parent"]);
  assert.deepEqual(unjudged("time.clock-skew at a CLIENT > b SERVER"), ["time.outlives-parent"]);
  assert.deepEqual(unjudged("time.outlives-parent", "time.clock-skew"), []);
});
