import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { applyPatch, parsePatch } from "diff";
import type { Exercise } from "./exercise.ts";
import { solutionText, startFiles } from "./exercise-files.ts";
import { filesBelow } from "./files.ts";

/** Something that looks right and is wrong: a patch of the solution in the exercise's `cheats/`, and the files that it makes. */
export interface Cheat {
  /** What it does, from the patch's file name: "the-slow-call-is-gone.patch". */
  name: string;
  files: ReadonlyMap<string, string>;
}

/**
 * The cheats of an exercise, each with all files of a learner who cheats so.
 *
 * @throws {LabError} (exit code `usage`) for a patch that does not fit the solution.
 */
export function cheatsOf(exercise: Exercise): Cheat[] {
  const folder = join(exercise.folder, "cheats");
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
