import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { readYamlFile } from "@envoy-mesh-lab/check/node";
import { ExitCode, LabError, suggest } from "@envoy-mesh-lab/trace";
import type { ExercisePlace } from "./exercise-place.ts";
import type { ExerciseSpec } from "./schema.ts";
import { exerciseSchema } from "./schema.ts";

/** An exercise as its folder describes it. */
export type Exercise = ExerciseSpec & ExercisePlace & { number: number };

/** Where the exercises are, unless `LAB_EXERCISES` names another folder: a teacher's own. */
export function exercisesFolder(): string {
  return process.env.LAB_EXERCISES || join(repoRoot, "exercises");
}

/** The file that describes the exercise of a folder's name. */
export function exerciseFile(name: string): string {
  return join(exercisesFolder(), name, "exercise.yaml");
}

/** The names of all exercises, in order. */
export function exerciseNames(folder = exercisesFolder()): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((it) => /^\d+-/.test(it) && statSync(join(folder, it)).isDirectory())
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
}

/**
 * Finds an exercise by its number ("2"), its name ("02-does-not-inject") or a part of it that only one has.
 *
 * @throws {LabError} (exit code `usage`) when there is none, or its exercise.yaml is not valid; it names the line.
 */
export function findExercise(wanted: string): Exercise {
  const names = exerciseNames();
  const byNumber = names.filter((it) => Number.parseInt(it, 10) === Number(wanted));
  const exact = names.filter((it) => it === wanted || it.replace(/^\d+-/, "") === wanted);
  const found =
    [byNumber, exact, names.filter((it) => it.includes(wanted))].find((it) => it.length > 0) ?? [];
  const [name] = found;
  if (name === undefined || found.length > 1) {
    throw new LabError(
      name === undefined ? `there is no exercise "${wanted}"` : `"${wanted}" may be ${found.join(" or ")}`,
      {
        exitCode: ExitCode.usage,
        hint: `${suggest(wanted, [...names, ...names.map((it) => it.replace(/^\d+-/, ""))])}the exercises are ${names.join(", ") || `missing: ${exercisesFolder()} has none`}`,
      },
    );
  }
  return readExercise(join(exercisesFolder(), name));
}

/**
 * Reads the folder of an exercise.
 *
 * @throws {LabError} (exit code `usage`) when something is missing or not valid.
 */
export function readExercise(folder: string): Exercise {
  const { value, source } = readYamlFile(
    join(folder, "exercise.yaml"),
    exerciseSchema,
    "the settings of the exercise",
    "docs/writing-exercises.md has the form",
  );
  const name = basename(folder);
  const missing = ["README.md", "compose.yaml", "start"].filter((it) => !existsSync(join(folder, it)));
  if (missing.length > 0) {
    throw new LabError(`the exercise ${name} has no ${missing.join(", no ")}`, {
      exitCode: ExitCode.usage,
      hint: "`lab exercise new` makes a folder that has everything",
    });
  }
  return { ...value, name, number: Number.parseInt(name, 10), folder, source };
}
