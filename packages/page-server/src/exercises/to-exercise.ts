import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Exercise, LearnerFile, Progress } from "@envoy-mesh-lab/exercise";
import { countOfHints, hintsToldOf } from "@envoy-mesh-lab/exercise";
import type {
  ExerciseSchema,
  ExerciseSummarySchema,
  VerdictSchema,
} from "@envoy-mesh-lab/proto/page/v1/exercises_pb.ts";
import { printable } from "@envoy-mesh-lab/trace";

/** What is done to an exercise from here. */
export interface Activity {
  /** In words; empty when nothing is. */
  readonly underWay: string;
  /** Why the last grading came to nothing; empty when it did not. */
  readonly refused: string;
}

export const idle: Activity = { underWay: "", refused: "" };

/** What the list says of an exercise. */
export function toSummary(
  { number, name, title, level, minutes, concepts, hints }: Exercise,
  { exercises, current }: Progress,
): MessageInitShape<typeof ExerciseSummarySchema> {
  const entry = exercises[name];
  return {
    number,
    name,
    title,
    level,
    minutes,
    concepts,
    current: current === name,
    startedAt: entry?.startedAt ?? "",
    passedAt: entry?.passedAt ?? "",
    attempts: entry?.attemptCount ?? 0,
    hintsTold: entry?.hintsShown ?? 0,
    hints: Math.max(countOfHints(hints), entry?.hintsShown ?? 0),
    solutionShown: entry?.solutionShown ?? false,
  };
}

/** What is known of an exercise, from its folder, the learner's files and the progress. */
export interface ExerciseFacts {
  readonly exercise: Exercise;
  readonly readme: string;
  readonly files: readonly LearnerFile[];
  readonly progress: Progress;
  readonly activity: Activity;
  readonly readOnly: string;
}

/** Puts what is known of an exercise into what the page shows. */
export function toExercise(facts: ExerciseFacts): MessageInitShape<typeof ExerciseSchema> {
  const { exercise, readme, files, progress, activity, readOnly } = facts;
  const entry = progress.exercises[exercise.name];
  const verdict = toVerdict(entry?.attempts.at(-1));
  return {
    summary: toSummary(exercise, progress),
    readme,
    hints: hintsToldOf(exercise, entry).map(({ text }) => text),
    files: files.map(({ path, location = "", text, version }) => ({ path, location, text, version })),
    ...(verdict === undefined ? {} : { verdict }),
    ...activity,
    readOnly,
    missedTraceIds: tracesOf(entry?.attempts.find((it) => !it.ok)),
    passedTraceIds: tracesOf(entry?.attempts.findLast((it) => it.ok)),
  };
}

type Attempt = NonNullable<Progress["exercises"][string]>["attempts"][number];

function tracesOf(attempt: Attempt | undefined): string[] {
  return [...new Set(attempt?.checks.flatMap((it) => it.traceIds))];
}

function toVerdict(attempt: Attempt | undefined): MessageInitShape<typeof VerdictSchema> | undefined {
  if (attempt === undefined) return undefined;
  const { at, durationMs, ok, checks } = attempt;
  return {
    at,
    durationMs,
    ok,
    checks: checks.map(({ name, ok: isOk, met, of, missed, traceIds }) => ({
      name,
      ok: isOk,
      met,
      of,
      traceIds,
      // What was seen comes from spans, which strangers may have named.
      missed: missed.map(({ expectation, seen, faults = [], spanIds = [], traceId = "" }) => ({
        expectation: printable(expectation),
        seen: printable(seen),
        faults: faults.map(printable),
        spanIds,
        traceId,
      })),
    })),
  };
}
