import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { applyPatch } from "diff";
import type { Exercise } from "./exercise.ts";
import { filesBelow } from "./files.ts";
import { generate, generatedFolder } from "./generate.ts";

/** What the name of a file ends with that says in what it differs from the repository's. */
export const patchEnding = ".patch";

/** What says that code is generated from an exercise's contracts, and how. */
const generator = "buf.gen.yaml";

/** The paths of the files that a learner gets, relative to the copy. */
export function startFiles({ folder }: Pick<Exercise, "folder">): string[] {
  const written = writtenFiles(folder);
  if (!written.includes(generator)) return written;
  const generated = written
    .filter((it) => it.startsWith("proto/"))
    .map((it) => it.replace(/^proto/, generatedFolder).replace(/\.proto$/, "_pb.ts"));
  return [...written, ...generated].sort();
}

/** Those of them that are in the exercise's folder, whole or as a patch. */
function writtenFiles(folder: string): string[] {
  return filesBelow(join(folder, "start")).map((it) =>
    it.endsWith(patchEnding) ? it.slice(0, -patchEnding.length) : it,
  );
}

/** A file of the start. */
export function startText(exercise: Pick<Exercise, "folder" | "name">, path: string): string {
  const text =
    textIn(join(exercise.folder, "start"), path) ??
    generatedText(exercise, path, (it) => startText(exercise, it));
  if (text === undefined) throw new Error(`the start of ${exercise.name} has no ${path}`);
  return text;
}

/** A file of the solution: its own, the repository's where the exercise says so, else the start's, which it leaves as it is. */
export function solutionText(exercise: Exercise, path: string): string {
  const own =
    textIn(join(exercise.folder, "solution"), path) ??
    generatedText(exercise, path, (it) => solutionText(exercise, it));
  if (own !== undefined) return own;
  return exercise.asInRepository.includes(path)
    ? readFileSync(join(repoRoot, path), "utf8")
    : startText(exercise, path);
}

/** A file that is generated from contracts; undefined where it is none of these. */
function generatedText(
  { folder }: Pick<Exercise, "folder">,
  path: string,
  textOf: (path: string) => string,
): string | undefined {
  const written = writtenFiles(folder);
  if (!path.startsWith(`${generatedFolder}/`) || !written.includes(generator)) return undefined;
  const sources = written.filter((it) => it.startsWith("proto/") || /^buf(\.gen)?\.yaml$/.test(it));
  return generate(new Map(sources.map((it) => [it, textOf(it)]))).get(path);
}

/**
 * A file in the start or the solution: as it is there, or, where a patch is, the repository's with that patch. So a copy of
 * a configuration of the mesh follows the mesh's own in all that the exercise is not about.
 *
 * @throws {LabError} (exit code `usage`) when the repository's has changed where the patch changes it.
 */
function textIn(folder: string, path: string): string | undefined {
  const [whole, patch] = [join(folder, path), join(folder, `${path}${patchEnding}`)];
  if (existsSync(whole)) return readFileSync(whole, "utf8");
  if (!existsSync(patch)) return undefined;
  const text = applyPatch(readFileSync(join(repoRoot, path), "utf8"), readFileSync(patch, "utf8"));
  if (text !== false) return text;
  throw new LabError(`${patch} does not fit ${path} any more: lines that it changes are others now`, {
    exitCode: ExitCode.usage,
    hint: `make the change again in a copy of ${path}, and the patch with \`diff -u ${path} COPY\``,
  });
}
