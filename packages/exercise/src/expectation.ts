import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import type { Expected } from "@envoy-mesh-lab/check";
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
 * What a check expects of traces; a file is named from the top of the repository.
 *
 * @param place where in exercise.yaml it is said.
 */
export function expectationOf(
  { source }: Pick<ExercisePlace, "source">,
  expect: string | Expected,
  place: readonly PropertyKey[],
): Expected {
  if (typeof expect === "string") {
    return readExpected(join(repoRoot, expect));
  }
  const at = (path: readonly PropertyKey[]) => source.lineOf([...place, ...path]);
  return { ...expectedSchema.parse(expect), source: { file: source.file, lineOf: at } };
}
