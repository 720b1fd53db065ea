import { type Exercise, findExercise } from "../../exercise/exercise.ts";
import { readProgress } from "../../exercise/progress.ts";
import { ExitCode } from "../../exit-codes.ts";
import { LabError } from "../../lab-error.ts";

/**
 * The exercise that the user names, or is at.
 *
 * @throws {LabError} (exit code `usage`) when neither is.
 */
export function currentExercise(wanted: string | undefined): Exercise {
  const name = wanted ?? readProgress().current;
  if (name === undefined) {
    throw new LabError("no exercise is started", {
      exitCode: ExitCode.usage,
      hint: "begin with `lab exercise start 1`, or name one",
    });
  }
  return findExercise(name);
}
