import { watch } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { withLock } from "@envoy-mesh-lab/bootstrap";
import type { ApplyOptions } from "./apply.ts";
import { applyFiles, settle } from "./apply.ts";
import type { Exercise } from "./exercise.ts";
import type { CheckGrade, Grade } from "./grade.ts";
import { recordGrade } from "./progress.ts";
import { runChecks } from "./run-checks.ts";
import { requireCopy, workspaceFolder } from "./workspace.ts";

/** How an exercise is graded. */
export type CheckExerciseOptions = ApplyOptions & {
  /** Whether the learner's files are put into the mesh first. Default: true. */
  readonly apply?: boolean;
  /** Told what goes on. */
  readonly onStep?: (text: string) => void;
  /** Told each check's grade as soon as it is there. */
  readonly onGrade?: ((grade: CheckGrade) => void) | undefined;
};

/**
 * Puts the learner's files into the mesh, grades what its traces then show, and adds that to the progress. Two that grade at a time,
 * a terminal and the page, would take each other's calls for their own; so one waits for the other.
 *
 * @throws {LabError} as `applyFiles` does.
 */
export async function checkExercise(
  exercise: Exercise,
  { apply = true, onStep, onGrade, ...options }: CheckExerciseOptions = {},
): Promise<Grade> {
  const folder = requireCopy(exercise);
  const { signal } = options;
  const grade = async () => {
    if (apply) await applyFiles(exercise, folder, options);
    const mesh = await settle(signal);
    const result = await runChecks(exercise, { mesh, folder, signal, onStep, onGrade });
    // One that was ended before its time says nothing of the files.
    if (!signal?.aborted) recordGrade(exercise, result, folder);
    return result;
  };
  const onWait = ({ purpose }: { purpose: string }) =>
    onStep?.(`waiting until somebody else has done: ${purpose}`);
  return withLock(join(workspaceFolder(), ".check.lock"), `grade ${exercise.name}`, grade, {
    onWait,
    signal,
  });
}

/** How long the files have to be still before they are taken as saved, in milliseconds: editors write in steps. */
const settleMs = 200;

/** Tells each time that files in a folder were saved, until the signal; saves while nobody waits are told once. */
export async function* savesIn(folder: string, signal: AbortSignal): AsyncGenerator<void> {
  let changes = 0;
  let wake: () => void = () => {};
  const failing = Promise.withResolvers<never>();
  const failed = failing.promise;
  // It is told to who waits next.
  failed.catch(() => {});
  const watched = () => {
    const watcher = watch(folder, { recursive: true, signal }, () => {
      changes++;
      wake();
    });
    return watcher.on("error", (error) => {
      if (!signal.aborted) failing.reject(error);
    });
  };
  let watcher = watched();
  signal.addEventListener("abort", () => wake(), { once: true });
  for (let told = 0; !signal.aborted; ) {
    if (changes === told) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await Promise.race([changed, failed]);
    }
    for (let seen = -1; seen !== changes && !signal.aborted; ) {
      seen = changes;
      await delay(settleMs);
    }
    told = changes;
    if (signal.aborted) return;
    // Node goes on watching a file that an editor has moved away, and not the one that took its place.
    const before = watcher;
    watcher = watched();
    before.close();
    yield;
  }
}
