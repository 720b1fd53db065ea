import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { assertComposeFiles } from "./assert-files.ts";
import type { SourceFile } from "./locate.ts";
import { locate } from "./locate.ts";
import type { ComposeProject } from "./schema.ts";
import { modelOutput, projectSchema } from "./schema.ts";
import { findUnsupported } from "./support.ts";

/** What to load, as Docker Compose's own options say it. */
export interface ComposeSource {
  /** The program built from `native/tools/compose-model`. */
  readonly program: string;
  /** Compose files in order; none = `COMPOSE_FILE`, else `compose.yaml` (and its override) in `cwd`. */
  readonly files: readonly string[];
  /** Project name; none = `COMPOSE_PROJECT_NAME`, else `name:` in the files, else the folder's name. */
  readonly projectName?: string | undefined;
  /** Profiles to switch on; none = `COMPOSE_PROFILES`. */
  readonly profiles?: readonly string[] | undefined;
  readonly cwd: string;
  /** Variables for the interpolation; `.env` adds to them. */
  readonly env: NodeJS.ProcessEnv;
}

/** A project that a native run can honour. */
export interface ComposeModel {
  readonly project: ComposeProject;
  /** Absolute paths of the files that were merged. */
  readonly files: readonly string[];
  /** What compose-go warned about, one line each. */
  readonly warnings: readonly string[];
}

function run(source: ComposeSource): Promise<{ stdout: string; stderr: string; failed: boolean }> {
  const args = [
    ...(source.projectName ? ["-project-name", source.projectName] : []),
    ...(source.profiles ?? []).flatMap((profile) => ["-profile", profile]),
    "--",
    ...source.files,
  ];
  const options = { cwd: source.cwd, env: source.env, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve, reject) => {
    execFile(source.program, args, options, (error, stdout, stderr) => {
      // A number is the program's own exit code; anything else (ENOENT) means that it did not run.
      if (error && typeof error.code !== "number") {
        reject(error);
      } else {
        resolve({ stdout, stderr, failed: error !== null });
      }
    });
  });
}

/** Splits what compose-go wrote to stderr into its warnings (logrus lines) and its error. */
export function readStderr(stderr: string): { warnings: string[]; error: string } {
  const warnings: string[] = [];
  const rest: string[] = [];
  for (const line of stderr.split("\n")) {
    const warning = /^time="[^"]*" level=warning msg=("(?:[^"\\]|\\.)*"|\S+)/.exec(line)?.[1];
    if (warning === undefined) {
      rest.push(line);
    } else {
      warnings.push(warning.startsWith('"') ? (JSON.parse(warning) as string) : warning);
    }
  }
  return { warnings, error: rest.join("\n").trim() };
}

function broken(message: string, hint: string): LabError {
  return new LabError(message, { hint, exitCode: ExitCode.composeInvalid });
}

async function readSources(files: readonly string[], cwd: string): Promise<SourceFile[]> {
  return Promise.all(
    files.map(async (path) => ({ path: relative(cwd, path) || path, text: await readFile(path, "utf8") })),
  );
}

/**
 * Merges, interpolates and normalises compose files with compose-go and checks that a native run can honour them.
 *
 * @throws LabError (`usage`) for a file that is not there; in compose-go's own words for a broken file, or with every setting that cannot be honoured,
 * by service, key and line.
 */
export async function readCompose(source: ComposeSource): Promise<ComposeModel> {
  assertComposeFiles(source.files, source.cwd);
  const { stdout, stderr, failed } = await run(source);
  const { warnings, error } = readStderr(stderr);
  if (failed) {
    throw broken(
      `The compose file is broken: ${error}`,
      "These are the words of compose-go, which reads it for Docker Compose too.",
    );
  }
  const output = modelOutput.parse(JSON.parse(stdout));
  if (output.files.length === 0) {
    throw broken(`There is no compose.yaml in ${source.cwd}.`, "Name one with --file.");
  }
  const sources = await readSources(output.files, source.cwd);
  const unsupported = findUnsupported(output.project);
  if (unsupported.length > 0) {
    const lines = unsupported.map(({ path, reason }) => {
      const where = locate(sources, path);
      return `  ${path.join(".")}${where ? ` (${where})` : ""}: ${reason}`;
    });
    throw broken(
      `Without Docker these settings cannot be honoured:\n${lines.join("\n")}`,
      "Remove them, or run this mesh with docker compose up.",
    );
  }
  const parsed = projectSchema.safeParse(output.project);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => {
      const path = issue.path.map(String);
      const where = locate(sources, path);
      return `  ${path.join(".")}${where ? ` (${where})` : ""}: ${issue.message}`;
    });
    throw broken(
      `The compose file says what a native run cannot read:\n${lines.join("\n")}`,
      "Correct these settings.",
    );
  }
  if (Object.keys(parsed.data.services).length === 0) {
    throw broken(
      "The compose file has no service to run.",
      "Are its services all behind a profile? Name it with --profile.",
    );
  }
  return { project: parsed.data, files: output.files, warnings };
}
