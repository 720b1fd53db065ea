/** What the suite says of a run. */
export interface Report {
  /** Cases that were run. */
  readonly total: number;
  /** Cases that were to pass, and did. */
  readonly passed: number;
  /** Names of all cases that did not pass, whether they were expected to or not. */
  readonly failing: ReadonlySet<string>;
  /** What went against expectation: the suite's own words, one entry a case. Empty when the run is good. */
  readonly surprises: readonly string[];
}

/**
 * Reads the suite's report.
 *
 * @returns undefined when there is none: the suite did not come to its end
 */
export function parseReport(output: string): Report | undefined {
  const totals = /^Total cases: (\d+)\n(\d+) passed, (\d+) failed$/m.exec(output);
  if (totals === null) {
    return undefined;
  }
  const failing = new Set<string>();
  const surprises: string[] = [];
  for (const [entry, verdict, text = ""] of output.matchAll(/^(FAILED|INFO): (.*(?:\n\t.*)*)/gm)) {
    const passedAfterAll = text.endsWith(" was expected to fail but did not");
    const name = text.split("\n")[0]?.replace(/( failed \(as expected\))?:$/, "") ?? "";
    if (!passedAfterAll) {
      failing.add(name);
    }
    if (verdict === "FAILED") {
      surprises.push(entry);
    }
  }
  const missing = /^Another \d+ could not be run.*$/m.exec(output);
  if (missing !== null) {
    surprises.push(missing[0]);
  }
  return { total: Number(totals[1]), passed: Number(totals[2]), failing, surprises };
}

/** The cases that fail in one run and not in the other. */
export function differences(bare: Report, traced: Report): { onlyBare: string[]; onlyTraced: string[] } {
  return {
    onlyBare: [...bare.failing].filter((name) => !traced.failing.has(name)).sort(),
    onlyTraced: [...traced.failing].filter((name) => !bare.failing.has(name)).sort(),
  };
}
