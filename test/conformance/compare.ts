import { differences } from "./report.ts";
import type { Suite, SuiteRun } from "./suite.ts";
import { expectedCases, flakyPatterns, runSuite } from "./suite.ts";
import type { Side, Tracing } from "./variables.ts";

/** A bare run of one side, and one with our interceptors. */
export interface Comparison {
  readonly side: Side;
  readonly bare: SuiteRun;
  readonly traced: SuiteRun;
}

/** The ways to install our interceptors. */
export const waysToTrace = ["by code", "from outside"] as const satisfies readonly Tracing[];

/** Runs the cases of one side bare, then with our interceptors in each way; those of a client with the small one too. */
export async function compareRuns(suite: Suite, side: Side): Promise<ReadonlyMap<Tracing, Comparison>> {
  const bare = await runSuite(suite, side, "bare");
  const ways: readonly Tracing[] = side === "client" ? [...waysToTrace, "by the small one"] : waysToTrace;
  const comparisons = new Map<Tracing, Comparison>();
  for (const way of ways) {
    comparisons.set(way, { side, bare, traced: await runSuite(suite, side, way) });
  }
  return comparisons;
}

/** One of the ways to install our interceptors. */
export type WayToTrace = (typeof waysToTrace)[number];

/**
 * Why a run by itself fails, one entry a reason. The suite itself holds its cases against known-failing.txt: one of the
 * list that passes is as much a surprise as another that fails.
 */
export function surprisesOf(side: Side, { report }: SuiteRun): string[] {
  const expected = expectedCases[side];
  return [
    ...report.surprises,
    ...(report.total === expected ? [] : [`${report.total} cases were run instead of ${expected}`]),
  ];
}

/** The cases that pass in one of the runs only, but for those that are known to depend on who is faster. */
export function differencesOf({ bare, traced }: Comparison): string[] {
  const { onlyBare, onlyTraced } = differences(bare.report, traced.report, flakyPatterns());
  return [
    ...onlyBare.map((name) => `fails bare only: ${name}`),
    ...onlyTraced.map((name) => `fails with interceptors only: ${name}`),
  ];
}

/** What is wrong with the spans of the traced run: without any it was not traced, and each that began must have ended. */
export function spanProblemsOf({ report, spans }: SuiteRun): string[] {
  const { started, ended } = spans ?? { started: 0, ended: 0 };
  return [
    // Not every case reaches an interceptor: some are refused before, by their HTTP version or content type.
    ...(started >= report.total / 2 ? [] : [`only ${started} spans were made in ${report.total} cases`]),
    ...(started === ended ? [] : [`${started} spans were started, ${ended} were ended`]),
  ];
}

/** Everything that is wrong with both runs. Empty: the same cases pass, and the traced run was traced. */
export function problemsOf(comparison: Comparison): string[] {
  const { side, bare, traced } = comparison;
  return [
    ...surprisesOf(side, bare).map((text) => `bare: ${text}`),
    ...surprisesOf(side, traced).map((text) => `with interceptors: ${text}`),
    ...differencesOf(comparison),
    ...spanProblemsOf(traced),
  ];
}

/** What a run came to, for people. */
export function summarize({ report, spans, seconds }: SuiteRun): string {
  const traced = spans && `, ${spans.started} spans started, ${spans.ended} ended`;
  return `${report.passed} of ${report.total} cases passed, ${report.failing.size} failed${traced ?? ""} (${seconds.toFixed(0)} s)`;
}
