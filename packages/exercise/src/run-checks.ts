import type { CheckContext } from "./checks/context.ts";
import { beginCheck, runCheck } from "./checks/index.ts";
import type { Exercise } from "./exercise.ts";
import type { CheckGrade, Grade } from "./grade.ts";
import { drawValues, fillValues } from "./random-values.ts";
import { versionsOf } from "./versions.ts";

/** What a grading needs, and how far it goes. */
export type RunOptions = Omit<CheckContext, "exercise" | "place"> & {
  /** Whether checks are left out once one has failed: enough to know that it did. Default: all are run. */
  readonly untilFailed?: boolean;
  /** Told each check's grade as soon as it is there. */
  readonly onGrade?: ((grade: CheckGrade) => void) | undefined;
};

/**
 * Grades an exercise on the running mesh. Calls are made one check after the other; the traces of all are waited for together,
 * so that what is wrong in several costs its time once.
 */
export async function runChecks(
  exercise: Exercise,
  { untilFailed = false, onGrade, ...context }: RunOptions,
): Promise<Grade> {
  const startedAt = Date.now();
  const grades: Promise<CheckGrade>[] = [];
  const add = (grade: Promise<CheckGrade>) => {
    const told = grade.then((it) => {
      onGrade?.(it);
      return it;
    });
    // One that is rejected is said where all are awaited.
    told.catch(() => {});
    grades.push(told);
  };
  const isOver = async () => (await Promise.all(grades)).some((it) => !it.ok) && untilFailed;
  const values = drawValues(exercise.random);
  for (const [place, check] of exercise.checks.map((it) => fillValues(it, values)).entries()) {
    const each = { ...context, exercise, place };
    if (check.kind === "traces") {
      add((await beginCheck(check, each))());
      continue;
    }
    // Such a check may take parts away, or look at what nobody else may cause meanwhile.
    if (await isOver()) break;
    add(runCheck(check, each));
    if (await isOver()) break;
  }
  const checks = await Promise.all(grades);
  return {
    exercise: exercise.name,
    ok: checks.every((it) => it.ok),
    checks,
    at: new Date(startedAt).toISOString(),
    durationMs: Date.now() - startedAt,
    versions: versionsOf(context.mesh),
  };
}
