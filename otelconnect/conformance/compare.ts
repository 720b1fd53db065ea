import { differences } from "./report.ts";
import type { Suite, SuiteRun } from "./suite.ts";
import { runSuite } from "./suite.ts";
import type { Side } from "./variables.ts";

/** Both runs of one side, and what is wrong with them. */
export interface Comparison {
  readonly side: Side;
  readonly bare: SuiteRun;
  readonly traced: SuiteRun;
  /** Why the comparison fails, one entry a reason. Empty: the same cases pass, and the traced run was traced. */
  readonly problems: readonly string[];
}

/** Runs the cases of one side bare, then with our interceptors. */
export async function compareRuns(suite: Suite, side: Side): Promise<Comparison> {
  const bare = await runSuite(suite, side, false);
  const traced = await runSuite(suite, side, true);
  return { side, bare, traced, problems: problemsOf(bare, traced) };
}

/** Decides whether two runs are the same. Cases that are known to be flaky may differ; the suite has them apart. */
export function problemsOf(bare: SuiteRun, traced: SuiteRun): string[] {
  const { started, ended } = traced.spans ?? { started: 0, ended: 0 };
  const surprises = [
    ...bare.report.surprises.map((text) => `bare: ${text}`),
    ...traced.report.surprises.map((text) => `with interceptors: ${text}`),
  ];
  return [
    ...surprises,
    ...(bare.report.total === traced.report.total
      ? []
      : [`${bare.report.total} cases were run bare, ${traced.report.total} with interceptors`]),
    // Not every case reaches an interceptor: some are refused before, by their HTTP version or content type.
    ...(started >= traced.report.total / 2 ? [] : [`only ${started} spans were made in the traced run`]),
    ...(started === ended ? [] : [`${started} spans were started, ${ended} were ended`]),
  ];
}

/** One line for people. */
export function summarize({ side, bare, traced, problems }: Comparison): string {
  const { onlyBare, onlyTraced } = differences(bare.report, traced.report);
  const counts = ({ report }: SuiteRun): string =>
    `${report.passed} of ${report.total} passed, ${report.failing.size} failed`;
  return [
    `${side}, bare:              ${counts(bare)}`,
    `${side}, with interceptors: ${counts(traced)}, ${traced.spans?.started} spans started, ${traced.spans?.ended} ended`,
    `${side}, difference:        ${onlyBare.length + onlyTraced.length} cases`,
    ...onlyBare.map((name) => `  fails bare only:              ${name}`),
    ...onlyTraced.map((name) => `  fails with interceptors only: ${name}`),
    ...problems.map((problem) => `  ${problem.replaceAll("\n", "\n  ")}`),
  ].join("\n");
}
