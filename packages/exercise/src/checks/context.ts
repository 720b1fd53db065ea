import type { Mesh } from "@envoy-mesh-lab/mesh";
import type { Trace } from "@envoy-mesh-lab/trace";
import type { ExercisePlace } from "../exercise-place.ts";
import type { CheckGrade, GradeItem } from "../grade.ts";

/** What a check needs beside what it says of itself. */
export interface CheckContext {
  exercise: ExercisePlace;
  /** Its place among the checks of exercise.yaml. */
  place: number;
  mesh: Mesh;
  /** The folder with the learner's files. */
  folder: string;
  signal?: AbortSignal | undefined;
  /** Told what goes on. */
  onStep?: ((text: string) => void) | undefined;
  /** The trace that questions are about, in the place of the one that the answers name. */
  traceId?: string | undefined;
}

/** Puts the items of a check together. `drawn`: traces to be drawn; default the first. */
export function toGrade(name: string, items: GradeItem[], traces: Trace[], shown: Trace[]): CheckGrade {
  const [first] = traces;
  return {
    name,
    ok: items.every((it) => it.ok),
    items,
    traceIds: traces.map((it) => it.traceId),
    drawn: shown.length > 0 ? shown : first ? [first] : [],
  };
}
