import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { applyPatch, parsePatch } from "diff";
import type { Exercise } from "./exercise.ts";
import { solutionText, startFiles } from "./exercise-files.ts";
import { filesBelow } from "./files.ts";

/** What a variant of the solution is: wrong, though it looks right, or right, though it differs from ours. */
export const variantKinds = ["cheats", "also-right"] as const;
export type VariantKind = (typeof variantKinds)[number];

/** A variant of the solution: a patch in the exercise's folder of that kind, and the files that it makes. */
export interface Variant {
  /** What it does, from the patch's file name: "the-slow-call-is-gone.patch". */
  name: string;
  /** The files of a learner who does it so: those of the solution, changed. */
  files: ReadonlyMap<string, string>;
}

/**
 * The variants of one kind of an exercise.
 *
 * @throws {LabError} (exit code `usage`) for a patch that does not fit the solution.
 */
export function variantsOf(exercise: Exercise, kind: VariantKind): Variant[] {
  const folder = join(exercise.folder, kind);
  if (!existsSync(folder)) return [];
  return filesBelow(folder)
    .filter((it) => it.endsWith(".patch"))
    .map((file) => {
      const files = new Map(startFiles(exercise).map((it) => [it, solutionText(exercise, it)]));
      for (const patch of parsePatch(readFileSync(join(folder, file), "utf8"))) {
        const path = patch.oldFileName ?? "";
        const text = applyPatch(files.get(path) ?? "", patch);
        if (!files.has(path) || text === false || text === files.get(path))
          throw unfit(join(folder, file), path);
        files.set(path, text);
      }
      return { name: file.slice(0, -".patch".length).replaceAll("-", " "), files };
    });
}

function unfit(patch: string, path: string): LabError {
  return new LabError(`${patch} does not change ${path || "anything"} of the solution`, {
    exitCode: ExitCode.usage,
    hint: "make it with `diff -u` of the solution's file and its copy, the first named by its path in start/",
  });
}
