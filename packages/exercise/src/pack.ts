import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import * as z from "zod";
import type { Exercise } from "./exercise.ts";
import { exerciseNames, exercisesFolder, readExercise } from "./exercise.ts";
import { filesBelow, writeFiles } from "./files.ts";

/** A path of a file below a folder: forward, without steps that lead out of it, and nothing hidden. */
const path = z
  .string()
  .regex(/^(?:[A-Za-z0-9_-][\w.-]*\/)*[A-Za-z0-9_-][\w.-]*$/, "a path that leads elsewhere");

const packSchema = z.strictObject({
  format: z.literal("envoy-mesh-lab exercises"),
  version: z.literal(1),
  exercises: z
    .array(
      z.strictObject({
        name: z.string().regex(/^\d+-[a-z0-9]+(-[a-z0-9]+)*$/),
        files: z.record(path, z.string()),
      }),
    )
    .min(1),
});

/** Makes one text of exercises, which another clone can take. */
export function packExercises(exercises: readonly Pick<Exercise, "name" | "folder">[]): string {
  const packed = exercises.map(({ name, folder }) => ({
    name,
    files: Object.fromEntries(filesBelow(folder).map((it) => [it, readFileSync(join(folder, it), "utf8")])),
  }));
  return `${JSON.stringify({ format: "envoy-mesh-lab exercises", version: 1, exercises: packed }, null, 1)}\n`;
}

/**
 * Takes the exercises of a pack: all of them, or none.
 *
 * @returns their names.
 * @throws {LabError} (exit code `usage`) when it is no pack, when one of its exercises is not valid, or there is one of its number or
 * name already.
 */
export function unpackExercises(text: string): string[] {
  const { exercises } = parsePack(text);
  const to = exercisesFolder();
  const known = exerciseNames();
  const taken = exercises.find(({ name }) =>
    known.some((it) => Number.parseInt(it, 10) === Number.parseInt(name, 10)),
  );
  if (taken !== undefined) throw refused(`there is an exercise ${Number.parseInt(taken.name, 10)} already`);
  mkdirSync(to, { recursive: true });
  // Looked at beside where they go to, so that what is not valid is never among the exercises.
  const scratch = mkdtempSync(join(to, ".unpack-"));
  try {
    const folders = exercises.map(({ name, files }) => {
      const folder = join(scratch, name);
      writeFiles(folder, new Map(Object.entries(files)));
      readExercise(folder);
      return folder;
    });
    for (const folder of folders) {
      const place = join(to, basename(folder));
      if (existsSync(place)) throw refused(`${place} is there already`);
      renameSync(folder, place);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return exercises.map(({ name }) => name);
}

function parsePack(text: string): z.infer<typeof packSchema> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw refused(`it is no pack of exercises: ${(error as Error).message}`);
  }
  const parsed = packSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refused(`it is no pack of exercises: ${issue?.path.join(" > ") || "the whole"}: ${issue?.message}`);
}

function refused(message: string): LabError {
  return new LabError(message, {
    exitCode: ExitCode.usage,
    hint: "`lab exercise pack` makes such a file; LAB_EXERCISES names another folder for its exercises",
  });
}
