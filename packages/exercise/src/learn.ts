import type { Exercise } from "./exercise.ts";
import { changeProgress, entryOf } from "./progress.ts";
import { solutionDiff } from "./solution.ts";
import { makeCopy, requireCopy } from "./workspace.ts";

/**
 * Makes an exercise the one that the learner is at, with a copy of its start; files that are there already are left as they are.
 *
 * @returns the paths that were copied, relative to the copy.
 */
export function beginExercise(exercise: Exercise): string[] {
  const copied = makeCopy(exercise);
  changeProgress((progress) => {
    progress.current = exercise.name;
    entryOf(progress, exercise.name);
  });
  return copied;
}

/**
 * The diff from the learner's files to the solution; the progress says that it was shown.
 *
 * @throws {LabError} (exit code `usage`) when the learner has no copy.
 */
export function showSolution(exercise: Exercise): string {
  const diff = solutionDiff(exercise, requireCopy(exercise));
  changeProgress((progress) => {
    entryOf(progress, exercise.name).solutionShown = true;
  });
  return diff;
}
