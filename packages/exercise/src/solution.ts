import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { StructuredPatchHunk } from "diff";
import { createTwoFilesPatch, structuredPatch } from "diff";
import type { Exercise } from "./exercise.ts";
import { solutionText, startFiles, startText } from "./exercise-files.ts";
import type { SolutionPart } from "./schema.ts";

/** The diff from the learner's files to the solution; empty when they are the same. */
export function solutionDiff(exercise: Exercise, folder: string): string {
  return startFiles(exercise)
    .map((path) => {
      const mine = readFileSync(join(folder, path), "utf8");
      const ours = solutionText(exercise, path);
      return mine === ours
        ? ""
        : createTwoFilesPatch(`yours/${path}`, `solution/${path}`, mine, ours, "", "", { context: 3 });
    })
    .join("");
}

/** All proper, non-empty subsets of the parts of a solution. */
export function properSubsets<T>(parts: readonly T[]): T[][] {
  return Array.from({ length: Math.max(0, 2 ** parts.length - 2) }, (_, n) =>
    parts.filter((_, i) => (n + 1) & (1 << i)),
  );
}

/** The start's files with only some parts of the solution applied; changes that belong to no part are applied too. */
export function partlySolved(exercise: Exercise, applied: readonly SolutionPart[]): Map<string, string> {
  return new Map(
    startFiles(exercise).map((path) => {
      const start = startText(exercise, path);
      const left = exercise.parts.filter((it) => filesOf(it).includes(path) && !applied.includes(it));
      return [path, applyHunks(start, hunksOf(start, solutionText(exercise, path)), left)];
    }),
  );
}

/** The files that a part of a solution changes. */
export function filesOf({ file }: Pick<SolutionPart, "file">): string[] {
  return [file].flat();
}

/** Lines of context of a change. Changes with no more than twice as many lines between them are one. */
const contextLines = 2;

/** Every change between two texts. */
export function hunksOf(from: string, to: string): StructuredPatchHunk[] {
  return structuredPatch("", "", from, to, "", "", { context: contextLines }).hunks;
}

/** Applies changes to a text, but for those of the parts that are left out. */
export function applyHunks(
  text: string,
  hunks: readonly StructuredPatchHunk[],
  leftOut: readonly Pick<SolutionPart, "changes">[],
): string {
  const lines = text.split("\n");
  // From the last to the first, so that line numbers stay as they are.
  for (const hunk of hunks.toReversed()) {
    if (leftOut.some((part) => belongsTo(hunk, part))) continue;
    const after = hunk.lines.filter((it) => /^[+ ]/.test(it)).map((it) => it.slice(1));
    lines.splice(hunk.oldStart - 1, hunk.oldLines, ...after);
  }
  return lines.join("\n");
}

/** Whether a change is one of a part's. */
function belongsTo(hunk: StructuredPatchHunk, { changes }: Pick<SolutionPart, "changes">): boolean {
  return (
    changes === undefined || hunk.lines.some((line) => /^[+-]/.test(line) && new RegExp(changes).test(line))
  );
}
