import type { Source } from "@envoy-mesh-lab/check/node";

/** Where an exercise is. */
export interface ExercisePlace {
  /** The folder's name: "02-does-not-inject". */
  name: string;
  folder: string;
  /** Where in its exercise.yaml things are said. */
  source: Source;
}
