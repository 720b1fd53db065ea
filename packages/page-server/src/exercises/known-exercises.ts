import { statSync } from "node:fs";
import type { Exercise } from "@envoy-mesh-lab/exercise";
import { exerciseFile, findExercise, startText } from "@envoy-mesh-lab/exercise";

/** Exercises as they were read last; one is read again when its file has changed. */
export class KnownExercises {
  readonly #known = new Map<string, { readonly changedAt: number; readonly exercise: Exercise }>();

  /** @throws {LabError} as `findExercise` does. */
  find(name: string): Exercise {
    const changedAt = statSync(exerciseFile(name)).mtimeMs;
    const known = this.#known.get(name);
    if (known?.changedAt === changedAt) return known.exercise;
    const exercise = findExercise(name);
    this.#known.set(name, { changedAt, exercise });
    return exercise;
  }
}

/** Files of starts, each made once. */
export class StartTexts {
  readonly #made = new Map<string, string>();

  readonly textOf = (exercise: Pick<Exercise, "folder" | "name">, path: string): string => {
    const key = `${exercise.name}/${path}`;
    const text = this.#made.get(key) ?? startText(exercise, path);
    this.#made.set(key, text);
    return text;
  };
}
