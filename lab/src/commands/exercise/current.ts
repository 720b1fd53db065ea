import type { Exercise } from "@envoy-mesh-lab/exercise";
import { findExercise, readProgress } from "@envoy-mesh-lab/exercise";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";

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
