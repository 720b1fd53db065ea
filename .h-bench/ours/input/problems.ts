import { broken } from "./broken.ts";
import type { Reading } from "./reading.ts";

/**
 * Tells of what could not be read.
 *
 * @throws {LabError} (exit code `usage`) when nothing could.
 */
export function tellProblems(reading: Reading, inputs: readonly string[]): void {
  const { count, first } = reading.problems;
  if (reading.groups.spanCount === 0) {
    const names = inputs.join(", ");
    // The first problem begins with the place, which is often the name alone.
    const place = `${names}: `;
    throw broken(
      names,
      count === 0 ? "it holds no span" : first.startsWith(place) ? first.slice(place.length) : first,
    );
  }
  if (count > 0) {
    reading.notice(`${count === 1 ? "one thing" : `${count} things`} could not be read; the first: ${first}`);
  }
}
