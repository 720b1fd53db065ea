import type { GradeItem } from "../grade.ts";
import { missed, passed } from "../grade.ts";

/**
 * Grades whether each answer holds these values, in whatever fields: what a learner's own contract calls them is the
 * learner's choice, what they say is not.
 */
export function gradeAnswers(
  name: string,
  wanted: readonly (string | number)[],
  calls: readonly { responses: readonly unknown[]; traceId?: string }[],
): GradeItem[] {
  if (wanted.length === 0) return [];
  const expectation = `each answer holds ${wanted.join(", ")}`;
  for (const { responses, traceId } of calls) {
    const held = new Set(responses.flatMap(valuesIn));
    const lacking = wanted.filter((it) => !held.has(`${it}`));
    if (lacking.length > 0) {
      const more = { traceIds: traceId ? [traceId] : [] };
      return [
        missed(expectation, `one lacks ${lacking.join(", ")}`, { code: "call.answer", edge: name }, more),
      ];
    }
  }
  return [passed(expectation)];
}

/** The values of a message at any depth, as text. */
function valuesIn(it: unknown): string[] {
  if (typeof it !== "object" || it === null) return [`${it}`];
  return Object.entries(it).flatMap(([key, value]) => (key === "$typeName" ? [] : valuesIn(value)));
}
