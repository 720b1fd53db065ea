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

/** The cases that fail in one run and not in the other, but for those whose name matches a pattern. */
export function differences(
  bare: Report,
  traced: Report,
  except: readonly string[] = [],
): { onlyBare: string[]; onlyTraced: string[] } {
  const patterns = except.map(toRegExp);
  const only = (one: Report, other: Report): string[] =>
    [...one.failing]
      .filter((name) => !other.failing.has(name) && !patterns.some((pattern) => pattern.test(name)))
      .sort();
  return { onlyBare: only(bare, traced), onlyTraced: only(traced, bare) };
}

/** Reads a list of patterns as the suite does: one a line, without comments and empty lines. */
export function readPatterns(list: string): string[] {
  return list
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => line !== "");
}

/** A pattern of the suite: `*` is any one part of a name, `**` any number of them, none included. */
function toRegExp(pattern: string): RegExp {
  const parts = pattern.split("/").map((part, i, { length }) => {
    if (part === "**") return i === length - 1 ? ".*" : "(?:[^/]+/)*";
    return (
      (part === "*" ? "[^/]+" : part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")) + (i === length - 1 ? "" : "/")
    );
  });
  return new RegExp(`^${parts.join("")}$`);
}
