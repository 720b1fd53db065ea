import { broken } from "./broken.ts";
import type { Reading } from "./reading.ts";

/**
 * Tells of what could not be read.
 *
 * @throws {LabError} (exit code `usage`) when nothing could.
 */
export function tellProblems(reading: Reading, inputs: readonly string[]): void {
  const { count, first } = reading.problems;
  const { otherSignals } = reading;
  if (reading.groups.spanCount === 0) {
    const names = inputs.join(", ");
    // The first problem begins with the place: the name, and maybe a line of it.
    const bare = (told: string) =>
      told.startsWith(`${names}:`)
        ? told
            .slice(names.length)
            .replace(/^:(\d)/, "line $1")
            .replace(/^: /, "")
        : told;
    throw broken(
      names,
      count > 0 ? bare(first) : otherSignals.count > 0 ? bare(otherSignals.first) : "it holds no span",
    );
  }
  if (otherSignals.count > 0) {
    reading.notice(
      `${otherSignals.count === 1 ? "one document holds" : `${otherSignals.count} documents hold`} logs or metrics and no spans; no span is lost by leaving them out. The first: ${otherSignals.first}`,
    );
  }
  if (count > 0) {
    reading.notice(
      `${count === 1 ? "one part" : `${count} parts`} of the input could not be read, and the rest was; the first: ${first}`,
    );
  }
}
