import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import type { Expected, Finding } from "@envoy-mesh-lab/check";
import { expectedSchema } from "@envoy-mesh-lab/check";
import { readExpected } from "@envoy-mesh-lab/check/node";
import * as z from "zod";
import type { ExercisePlace } from "./exercise-place.ts";
import { sampleOf } from "./random-values.ts";

/** What is expected of traces: the format of `lab check`, inline, or a file's path from the top of the repository. */
export const expectation = z.unknown().transform((it, context): string | Expected => {
  if (typeof it === "string") return it;
  const parsed = expectedSchema.safeParse(it);
  if (parsed.success) return parsed.data;
  // Where the name of a value stands for a number, it is read once the value is in its place.
  if (expectedSchema.safeParse(sampleOf(it)).success) return it as Expected;
  // A union would only say that neither fits.
  for (const issue of parsed.error.issues)
    context.issues.push({ ...issue, input: it } as z.core.$ZodRawIssue);
  return z.NEVER;
});

/**
 * Findings that a busy machine makes, when it holds up a process between its answer and the end of its span. They are judged
 * in an exercise that is about them, which therefore says where to look.
 */
const byBusyMachines: readonly Finding["code"][] = ["time.clock-skew", "time.outlives-parent"];

function unjudgedIn(look: Readonly<Record<string, unknown>>): readonly Finding["code"][] {
  const places = Object.keys(look).map((it) => it.split(" at ")[0]);
  return byBusyMachines.filter((code) => !places.includes(code));
}

/**
 * What a check expects of traces; a file is named from the top of the repository.
 *
 * @param place where in exercise.yaml it is said.
 */
export function expectationOf(
  { source, look = {} }: Pick<ExercisePlace, "source"> & { look?: Readonly<Record<string, unknown>> },
  expect: string | Expected,
  place: readonly PropertyKey[],
): Expected {
  if (typeof expect === "string") {
    return { ...readExpected(join(repoRoot, expect)), unjudged: unjudgedIn(look) };
  }
  const at = (path: readonly PropertyKey[]) => source.lineOf([...place, ...path]);
  return {
    ...expectedSchema.parse(expect),
    unjudged: unjudgedIn(look),
    source: { file: source.file, lineOf: at },
  };
}
