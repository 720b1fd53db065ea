import type { Finding } from "../findings.ts";
import type { Cause } from "./causes.ts";

/** The number of the cause that each finding is part of, as they are told: from 1. */
export function numbersOf(causes: readonly Cause[]): Map<Finding, number> {
  return new Map(
    causes.flatMap((cause, i) =>
      [cause, ...cause.follows].flatMap(({ all }) => all.map((it) => [it.finding, i + 1] as const)),
    ),
  );
}

/** The numbers of causes by the spans that show them: of each finding of a trace the first two. */
export function marksOf(
  traceId: string,
  numbers: ReadonlyMap<Finding, number>,
  reports: readonly { traceId: string; findings: Finding[]; allowed: Finding[] }[],
): Map<string, Set<number>> {
  const marks = new Map<string, Set<number>>();
  const found = reports.find((it) => it.traceId === traceId);
  for (const it of [...(found?.findings ?? []), ...(found?.allowed ?? [])]) {
    const number = numbers.get(it);
    if (number === undefined) continue;
    for (const id of it.spanIds.slice(0, 2)) marks.set(id, (marks.get(id) ?? new Set()).add(number));
  }
  return marks;
}
