import type { CheckContext } from "./checks/context.ts";
import { runCheck } from "./checks/index.ts";
import type { Exercise } from "./exercise.ts";
import type { CheckGrade, Grade } from "./grade.ts";
import { drawValues, fillValues } from "./random-values.ts";
import { versionsOf } from "./versions.ts";

/** Grades an exercise on the running mesh, one check after the other. */
export async function runChecks(
  exercise: Exercise,
  context: Omit<CheckContext, "exercise" | "place">,
): Promise<Grade> {
  const startedAt = Date.now();
  const checks: CheckGrade[] = [];
  const values = drawValues(exercise.random);
  for (const [place, check] of exercise.checks.map((it) => fillValues(it, values)).entries()) {
    checks.push(await runCheck(check, { ...context, exercise, place }));
  }
  return {
    exercise: exercise.name,
    ok: checks.every((it) => it.ok),
    checks,
    at: new Date(startedAt).toISOString(),
    durationMs: Date.now() - startedAt,
    versions: versionsOf(context.mesh),
  };
}
