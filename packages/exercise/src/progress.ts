import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import * as z from "zod";
import type { Exercise } from "./exercise.ts";
import type { Grade, GradeItem } from "./grade.ts";
import { hashesOf } from "./proof.ts";
import { workspaceFolder } from "./workspace.ts";

/** How many attempts are kept of each exercise, the last ones. */
const keptAttempts = 20;

export const attempt = z.object({
  at: z.string(),
  ok: z.boolean(),
  durationMs: z.number(),
  versions: z.record(z.string(), z.string()),
  /** What it was made of; absent in attempts from before there were hashes. */
  hashes: z.object({ exercise: z.string(), files: z.string(), traces: z.string() }).optional(),
  checks: z.array(
    z.object({
      name: z.string(),
      ok: z.boolean(),
      met: z.number(),
      of: z.number(),
      missed: z.array(
        z.object({
          expectation: z.string(),
          seen: z.string(),
          // Absent in what an older lab wrote: what is wrong, and where it is seen.
          faults: z.array(z.string()).optional(),
          spanIds: z.array(z.string()).optional(),
          traceId: z.string().optional(),
        }),
      ),
      traceIds: z.array(z.string()),
      /** What was wrong, by its codes. */
      codes: z.array(z.string()).default([]),
    }),
  ),
});
const entry = z.object({
  startedAt: z.string(),
  passedAt: z.string().optional(),
  hintsShown: z.number().default(0),
  /** Which hints these were, by their places among the exercise's. */
  hintsTold: z.array(z.number()).default([]),
  solutionShown: z.boolean().default(false),
  attemptCount: z.number().default(0),
  attempts: z.array(attempt).default([]),
});
const schema = z.object({
  version: z.literal(1),
  /** The exercise that commands without a number mean. */
  current: z.string().optional(),
  exercises: z.record(z.string(), entry).default({}),
});
/** How far a learner is. */
export type Progress = z.infer<typeof schema>;
export type ExerciseProgress = z.infer<typeof entry>;
export type Attempt = z.infer<typeof attempt>;

const file = () => join(workspaceFolder(), "progress.json");

/** @throws {LabError} (exit code `usage`) for a file that was damaged. */
export function readProgress(): Progress {
  if (!existsSync(file())) return { version: 1, exercises: {} };
  try {
    return schema.parse(JSON.parse(readFileSync(file(), "utf8")));
  } catch (error) {
    throw new LabError(`cannot read your progress in ${file()}: ${(error as Error).message}`, {
      exitCode: ExitCode.usage,
      hint: "mend the file, or move it away to begin a new one; your exercises stay as they are",
    });
  }
}

/** Reads, changes and writes the progress, in one step for whoever reads it meanwhile. */
export function changeProgress(change: (progress: Progress) => void): Progress {
  const progress = readProgress();
  change(progress);
  mkdirSync(dirname(file()), { recursive: true });
  writeFileSync(`${file()}.${process.pid}`, `${JSON.stringify(progress, null, 2)}\n`);
  renameSync(`${file()}.${process.pid}`, file());
  return progress;
}

/** The entry of an exercise, made when it is not there yet. */
export function entryOf(progress: Progress, name: string, now = new Date()): ExerciseProgress {
  progress.exercises[name] ??= entry.parse({ startedAt: now.toISOString() });
  return progress.exercises[name];
}

/** What is kept of a grade. */
export function attemptOf(grade: Grade): Attempt {
  const { at, ok, durationMs, versions } = grade;
  const checks = grade.checks.map(({ name, ok: isOk, items, traceIds }) => ({
    name,
    ok: isOk,
    met: items.filter((it) => it.ok).length,
    of: items.length,
    missed: items.filter((it) => !it.ok).map(missedOf),
    traceIds: traceIds.slice(0, 20),
    codes: [...new Set(items.flatMap(({ faults }) => faults.map(({ code }) => code)))],
  }));
  return { at, ok, durationMs, versions, checks };
}

/** How many spans are kept that show what is wrong. */
const keptSpans = 20;

function missedOf({ expectation, seen, faults, spanIds, traceIds }: GradeItem) {
  const [traceId] = traceIds;
  return {
    expectation,
    seen,
    faults: faults.map(({ code, edge }) => (edge ? `${code} at ${edge}` : code)),
    spanIds: spanIds.slice(0, keptSpans),
    ...(traceId ? { traceId } : {}),
  };
}

/**
 * Adds a grade to the progress.
 *
 * @param folder the learner's files that were graded.
 */
export function recordGrade(exercise: Exercise, grade: Grade, folder: string): void {
  const made = attemptOf(grade);
  const traceIds = made.checks.flatMap((it) => it.traceIds);
  const hashes = hashesOf(exercise, folder, traceIds);
  changeProgress((progress) => {
    const it = entryOf(progress, grade.exercise);
    it.attemptCount++;
    it.attempts = [...it.attempts, { ...made, hashes }].slice(-keptAttempts);
    if (grade.ok) it.passedAt ??= grade.at;
  });
}
