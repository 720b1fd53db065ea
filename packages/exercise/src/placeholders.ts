import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Lines that stand in a new exercise until its teacher writes what they ask for, by file. */
export const placeholders = {
  "README.md": [
    "**You learn** what one sentence says.",
    "Who saw what, and why does it matter?",
    "What has to be different in the end, and in which file? Not how.",
    "- Which question stays with the learner afterwards?",
    "- The section of the specification that says so.",
  ],
  "exercise.yaml": [
    "title: A title in a few words",
    "  - Where to look.",
    "  - What to change there.",
    "  What the solution does, and why that mends it.",
  ],
} as const;

/** What is still to be written in an exercise, each as file:line and what the line asks for. */
export function stillToWrite(folder: string): string[] {
  return Object.entries(placeholders).flatMap(([file, lines]) =>
    readFileSync(join(folder, file), "utf8")
      .split("\n")
      .flatMap((line, at) => (lines.some((it) => it === line) ? `${file}:${at + 1}  ${line.trim()}` : [])),
  );
}
