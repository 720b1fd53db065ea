import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import type { Exercise } from "./exercise.ts";
import { startFiles } from "./exercise-files.ts";
import { workspaceFolder } from "./workspace.ts";

/**
 * Has the TypeScript compiler look at the files of an exercise in a folder, or in several at once, strictly, as it looks at the
 * repository.
 *
 * @throws {LabError} (exit code `configRejected`) in the compiler's own words.
 */
export async function compile(exercise: Exercise, ...folders: readonly string[]): Promise<void> {
  const files = startFiles(exercise).filter((it) => it.endsWith(".ts"));
  await compileFiles(folders.flatMap((folder) => files.map((it) => join(folder, it))));
}

/** The same for any files inside the repository. */
export async function compileFiles(files: readonly string[]): Promise<void> {
  if (files.length === 0) return;
  mkdirSync(workspaceFolder(), { recursive: true });
  const scratch = mkdtempSync(join(workspaceFolder(), ".compile-"));
  try {
    const config = {
      extends: join(repoRoot, "tsconfig.json"),
      include: [],
      files,
      // What is half done may well have variables that nobody uses yet.
      compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
    };
    writeFileSync(join(scratch, "tsconfig.json"), JSON.stringify(config));
    const words = await new Promise<string | undefined>((resolve, reject) => {
      const args = [
        join(repoRoot, "node_modules", "typescript", "bin", "tsc"),
        "-p",
        scratch,
        "--pretty",
        "false",
      ];
      execFile(process.execPath, args, { cwd: repoRoot }, (error, stdout, stderr) => {
        if (error === null) resolve(undefined);
        else if (typeof error.code === "number") resolve(`${stdout}${stderr}`.trim());
        else reject(error);
      });
    });
    if (words !== undefined) {
      throw new LabError(`the TypeScript compiler rejects your files:\n${words}`, {
        exitCode: ExitCode.configRejected,
        hint: "Nothing was started or changed. Correct it, then save or check again.",
      });
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
