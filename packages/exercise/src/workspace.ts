import { cpSync, existsSync, readdirSync, rmSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import type { Exercise } from "./exercise.ts";
import { startFiles, startText } from "./exercise-files.ts";
import { writeFiles } from "./files.ts";

/**
 * The folder of the learner's own files: `workspace`, or what `LAB_WORKSPACE` names. It has to be inside the repository,
 * because that is where the learner's TypeScript finds the packages that it imports.
 */
export function workspaceFolder(): string {
  const folder = resolve(repoRoot, process.env.LAB_WORKSPACE || "workspace");
  const inside = relative(repoRoot, folder);
  if (inside === "" || inside.startsWith("..") || isAbsolute(inside)) {
    throw new LabError(`LAB_WORKSPACE is ${folder}, which is not a folder inside the repository`, {
      exitCode: ExitCode.usage,
      hint: "name a folder below the repository, so that your files find the packages that they import",
    });
  }
  return folder;
}

/** Where the learner's copy of an exercise is. */
export function copyFolder({ name }: Pick<Exercise, "name">): string {
  return join(workspaceFolder(), name);
}

/** A path as the learner would type it. */
export function shown(path: string): string {
  return relative(process.env.INIT_CWD ?? process.cwd(), path) || ".";
}

/**
 * Gives the learner a copy of the start; files that are there already are left as they are.
 *
 * @returns the paths that were copied, relative to the copy; empty when all were there.
 */
export function makeCopy(exercise: Exercise): string[] {
  const to = copyFolder(exercise);
  const missing = startFiles(exercise).filter((it) => !existsSync(join(to, it)));
  writeFiles(to, new Map(missing.map((it) => [it, startText(exercise, it)])));
  return missing;
}

/**
 * Puts the learner's copy aside and makes a new one.
 *
 * @returns where the old copy is now; undefined when there was none.
 */
export function resetCopy(exercise: Exercise, now: Date): string | undefined {
  const copy = copyFolder(exercise);
  let backup: string | undefined;
  if (existsSync(copy)) {
    const stamp = now.toISOString().replace(/[-:]/g, "").replace(/\..*/, "").replace("T", "-");
    backup = join(workspaceFolder(), "backups", `${exercise.name}-${stamp}`);
    for (let n = 2; existsSync(backup); n++) backup = backup.replace(/(\.\d+)?$/, `.${n}`);
    cpSync(copy, backup, { recursive: true, verbatimSymlinks: true });
    // Folders and files stay where they are, as who watches them for saves would not see others in their place.
    const start = new Set(startFiles(exercise));
    for (const it of readdirSync(copy, { recursive: true, withFileTypes: true })) {
      const path = join(it.parentPath, it.name);
      const isKept = it.isFile() && start.has(relative(copy, path).replaceAll("\\", "/"));
      if (!isKept && !it.isDirectory()) rmSync(path);
    }
  }
  writeFiles(copy, new Map(startFiles(exercise).map((it) => [it, startText(exercise, it)])));
  return backup;
}

/**
 * @throws {LabError} (exit code `usage`) when the learner has no copy of an exercise, or a file of it is missing.
 */
export function requireCopy(exercise: Exercise): string {
  const copy = copyFolder(exercise);
  const missing = startFiles(exercise).filter((it) => !existsSync(join(copy, it)));
  if (missing.length > 0) {
    throw new LabError(
      existsSync(copy)
        ? `your copy of ${exercise.name} has no ${missing.join(", no ")}`
        : `exercise ${exercise.name} is not started`,
      { exitCode: ExitCode.usage, hint: `\`lab exercise start ${exercise.number}\` copies what is missing` },
    );
  }
  return copy;
}
