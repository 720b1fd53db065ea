import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import type { Exercise } from "./exercise.ts";
import { exerciseNames, exercisesFolder, readExercise } from "./exercise.ts";
import { patchEnding } from "./exercise-files.ts";
import { writeFiles } from "./files.ts";

/**
 * Makes the folder of a new exercise that works from the first moment: a sidecar makes one span for each request instead of
 * two. What is to be written in it is in placeholders.ts.
 *
 * @throws {LabError} (exit code `usage`) for a name that is none, or is taken.
 */
export function makeExercise(wanted: string): string {
  const fail = (message: string): never => {
    throw new LabError(message, { exitCode: ExitCode.usage, hint: 'give a name such as "retries-doubled"' });
  };
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(wanted)) fail(`"${wanted}" is no name of an exercise`);
  const names = exerciseNames();
  if (names.some((it) => it.replace(/^\d+-/, "") === wanted))
    fail(`there is an exercise "${wanted}" already`);
  const number = Number.parseInt(names.at(-1) ?? "0", 10) + 1;
  const name = `${String(number).padStart(2, "0")}-${wanted}`;
  const folder = join(exercisesFolder(), name);
  if (existsSync(folder)) fail(`${folder} is there already`);
  const path = "envoy/gateway.yaml";
  const envoy = readFileSync(join(repoRoot, path), "utf8");
  const broken = envoy.replaceAll("spawn_upstream_span: true", "spawn_upstream_span: false");
  const patch = createTwoFilesPatch(path, `start/${path}`, envoy, broken, undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
  });
  writeFiles(
    folder,
    new Map([
      ["README.md", readme(wanted)],
      ["exercise.yaml", exerciseYaml],
      ["compose.yaml", composeYaml(name)],
      [`start/${path}${patchEnding}`, patch],
    ]),
  );
  mkdirSync(folder, { recursive: true });
  // Exercises of somebody else's folder are not in the repository's list.
  if (!process.env.LAB_EXERCISES) {
    const file = join(exercisesFolder(), "README.md");
    writeFileSync(file, listedIn(readFileSync(file, "utf8"), readExercise(folder)));
  }
  return folder;
}

/** The list of exercises in exercises/README.md with a line more, behind the last one; the text as it is where there is no list. */
export function listedIn(
  text: string,
  { number, name, title, level, minutes, concepts }: Omit<Exercise, "folder">,
): string {
  const lines = text.split("\n");
  const last = lines.findLastIndex((it) => /^\| \d+ \| \[.*\]\(\d+-/.test(it));
  if (last < 0) return text;
  const cells = [number, `[${title}](${name}/README.md)`, level, minutes, concepts.join(", ")];
  return lines.toSpliced(last + 1, 0, `| ${cells.join(" | ")} |`).join("\n");
}

const readme = (wanted: string) => `# ${wanted}

**You learn** what one sentence says.

## The story

Who saw what, and why does it matter?

## Your task

What has to be different in the end, and in which file? Not how.

## Questions to think about

- Which question stays with the learner afterwards?

## Read more

- The section of the specification that says so.
`;

const exerciseYaml = `title: A title in a few words
level: 1
minutes: 15
concepts: [span kinds]

# What \`lab exercise check\` does: it makes these calls, and expects this of their traces.
checks:
  - name: orders over Connect
    traffic: { rpc: OrderDrink, number: 2 }
    expect: expected-hops.yaml

# What the start shows, and nothing else: \`lab exercise verify\` proves it.
start:
  shows:
    - { code: hop.missing }
    - { code: kind.one-span-proxy }

# The solution: files in solution/ with the same paths as in start/, or, for these, the repository's own.
asInRepository: [envoy/gateway.yaml]

hints:
  - Where to look.
  - What to change there.

explanation: |
  What the solution does, and why that mends it.
`;

const composeYaml = (name: string) => `# Puts the learner's files into the mesh.
services:
  gateway-proxy:
    volumes: ["\${EXERCISE_FILES:-./workspace/${name}}/envoy/gateway.yaml:/etc/envoy/envoy.yaml:ro"]
`;
