import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { lineOfWords } from "./envoy-place.ts";
import type { PartPlan } from "./plan.ts";
import { programRules } from "./program-rules.ts";

/** A configuration that its program refuses. */
export interface Rejection {
  readonly part: string;
  readonly program: string;
  /** The user's files that the part was configured with. */
  readonly files: readonly string[];
  readonly lines: readonly string[];
}

/** How much of a line of a program's own words is reported, in characters. */
const longestLine = 700;
const longestCheckMs = 60_000;
const shownLines = 6;

/** Writes the derived configurations of parts. */
export async function writeConfigs(parts: readonly PartPlan[]): Promise<void> {
  for (const { path, text } of parts.flatMap(({ configs }) => configs)) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

/** The lines of a program's output that say what is wrong, with the user's file in the place of its derived copy. */
export function problemLines(output: string, copies: readonly { path: string; source: string }[]): string[] {
  const own = copies.reduce((text, { path, source }) => text.replaceAll(path, source), output);
  const lines = [...new Set(own.split("\n").map((line) => line.trim()))].filter((line) => line !== "");
  // What is wrong often takes several lines, of which only the first says that it is an error.
  const first = lines.findIndex((line) => /error|critical|fail|invalid|unknown|cannot|unable/i.test(line));
  return first >= 0 ? lines.slice(first, first + shownLines) : lines.slice(-shownLines);
}

/** The lines of the user's files that a program's words are about, where they can be told. */
function placesOf(output: string, copies: PartPlan["configs"]): string[] {
  return copies.flatMap(({ path, source, text }) => {
    // Only of the file that the words name, as another may have the same fields. A copy has the lines of its source.
    const words = output.split("\n").filter((line) => line.includes(path));
    const found = lineOfWords(words.join("\n"), text);
    return found === undefined
      ? []
      : [`the line is ${relative(repoRoot, source)}:${found.line}  ${found.text}`];
  });
}

function check(part: PartPlan, signal: AbortSignal | undefined): Promise<Rejection | undefined> {
  const [program, ...given] = part.argv;
  const args = part.validateArgs
    ? [...given, ...part.validateArgs]
    : programRules.get(part.program)?.validateArgs?.(given);
  if (!args) {
    return Promise.resolve(undefined);
  }
  const options = { cwd: part.cwd, env: part.env, timeout: longestCheckMs, signal };
  return new Promise((resolve, reject) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      if (!error) {
        resolve(undefined);
      } else if (signal?.aborted || error.code === "ENOENT") {
        reject(error);
      } else {
        const files = part.configs.map(({ source }) => relative(repoRoot, source));
        const output = `${stdout}\n${stderr}`;
        const lines = problemLines(output, part.configs).map((it) => shortened(it));
        const said = [...lines, ...placesOf(output, part.configs)];
        const why = error.killed ? [...said, `no result within ${longestCheckMs / 1000} s`] : said;
        resolve({ part: part.name, program: part.program, files, lines: why });
      }
    });
  });
}

/** Envoy repeats the whole configuration as JSON in one line; what is wrong stands before that. */
function shortened(line: string): string {
  return line.length <= longestLine ? line : `${line.slice(0, longestLine)} …`;
}

/** The error for configurations that are refused: in the programs' own words, with the user's files. */
export function rejectionError(rejections: readonly Rejection[]): LabError {
  const texts = rejections.map(
    ({ part, program, files, lines }) =>
      `${files.length > 0 ? `${program} rejects the configuration of ${part} (${files.join(", ")})` : `${part} rejects its configuration`}:\n${lines.map((line) => `  ${line}`).join("\n")}`,
  );
  return new LabError(texts.join("\n"), {
    hint: "Nothing was started or changed. Correct it, then run the command again.",
    exitCode: ExitCode.configRejected,
  });
}

/**
 * Has the real programs check the configuration of parts before any of them is started.
 *
 * @param parts planned with their configurations in `folder`, which exists only during the check.
 * @throws LabError with the program's own lines, and the user's file that they are about.
 */
export async function validateConfigs(
  parts: readonly PartPlan[],
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await writeConfigs(parts);
    const results = await Promise.all(parts.map((part) => check(part, signal)));
    const rejections = results.filter((result) => result !== undefined);
    if (rejections.length > 0) {
      throw rejectionError(rejections);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
