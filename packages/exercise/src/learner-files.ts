import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import type { Exercise } from "./exercise.ts";
import { startFiles, startText } from "./exercise-files.ts";
import { copyFolder, requireCopy } from "./workspace.ts";

/** A file of the learner's as it is now. */
export interface LearnerFile {
  /** Relative to the copy. */
  readonly path: string;
  /** The whole path; undefined before the start. */
  readonly location?: string;
  readonly text: string;
  /** Changes with the text. */
  readonly version: string;
}

/** A file may be so large, in bytes: far more than anybody writes in an exercise. */
const largestFile = 1_000_000;

/** A file was changed since the text began that was to take its place. */
export class FileChangedError extends LabError {}

/**
 * The files of an exercise: the learner's, and where one is missing, or none is there yet, the start's.
 *
 * @param textOf a file of the start; to be given by who asks often, as some are generated, which takes seconds.
 */
export function learnerFiles(exercise: Exercise, textOf = startText): LearnerFile[] {
  const folder = copyFolder(exercise);
  return startFiles(exercise).map((path) => {
    const location = join(folder, path);
    const isThere = existsSync(location);
    const text = isThere ? readFileSync(location, "utf8") : textOf(exercise, path);
    return { path, ...(isThere ? { location } : {}), text, version: versionOf(text) };
  });
}

/**
 * Saves a file of the learner's, as an editor does: in its place, so that who has it mounted sees the change.
 *
 * @param from the version that the text began from; undefined to put it in the place of whatever is there.
 * @returns the version now.
 * @throws {FileChangedError} when the file is another than that, and so has been changed meanwhile.
 * @throws {LabError} (exit code `usage`) for a path that is none of the exercise's files or leads out of the copy, and for a text
 * that is too large.
 */
export function saveLearnerFile(
  exercise: Exercise,
  { path, text, from }: { readonly path: string; readonly text: string; readonly from?: string | undefined },
): string {
  const files = startFiles(exercise);
  // What is compared is the whole text, so that nothing that only leads to the same file is taken.
  if (!files.includes(path)) {
    throw new LabError(`${JSON.stringify(path)} is none of the files of ${exercise.name}`, {
      exitCode: ExitCode.usage,
      hint: `they are ${files.join(", ")}`,
    });
  }
  if (Buffer.byteLength(text) > largestFile) {
    throw new LabError(`the new text of ${path} is larger than ${largestFile / 1_000_000} MB`, {
      exitCode: ExitCode.usage,
      hint: "nothing was saved",
    });
  }
  const folder = realpathSync(requireCopy(exercise));
  const location = join(folder, path);
  if (realpathSync(location) !== location) {
    throw new LabError(`${path} is a link that leads to ${realpathSync(location)}`, {
      exitCode: ExitCode.usage,
      hint: "put a file in its place; nothing was saved",
    });
  }
  const version = versionOf(readFileSync(location, "utf8"));
  if (from !== undefined && from !== version) {
    throw new FileChangedError(`${path} was changed meanwhile, as by an editor`, {
      exitCode: ExitCode.usage,
      hint: "look at what it says now; nothing was saved",
    });
  }
  writeFileSync(location, text);
  return versionOf(text);
}

function versionOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
