import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import type { Exercise } from "@envoy-mesh-lab/exercise";
import {
  applyFiles,
  assertHere,
  beginExercise,
  copyFolder,
  exerciseNames,
  findExercise,
  readProgress,
  renderMarkdown,
  requireCopy,
  resetCopy,
  shown,
  startFiles,
} from "@envoy-mesh-lab/exercise";
import type { RuntimeName } from "@envoy-mesh-lab/mesh";
import { findRuntime, interruptible, progressPrinter } from "@envoy-mesh-lab/mesh";
import { hasColor, say, terminalWidth } from "@envoy-mesh-lab/meshtrace";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { Command } from "commander";
import { currentExercise } from "./current.ts";

/** `lab exercise start`: begins an exercise, or goes on with it. */
export function startExerciseCommand(): Command {
  return new Command("start")
    .summary("begin an exercise, or go on with it")
    .argument("<exercise>", "its number or name")
    .option("--docker", "in containers; until lab down, all commands then find the mesh there")
    .option("--no-up", "only copy the files: you bring the mesh up with them yourself")
    .description(
      "Copies the files to edit into workspace/ (never over files of yours), brings the mesh up with them and says what to do.",
    )
    .action(async (wanted: string, options: { up: boolean; docker?: boolean }) => {
      await startExercise(findExercise(wanted), options);
    });
}

async function startExercise(
  exercise: Exercise,
  { up, docker }: { up: boolean; docker?: boolean },
): Promise<void> {
  const asked = docker ? "docker" : undefined;
  if (up) await assertHere(exercise, (await findRuntime({ runtime: asked })).name);
  const copied = beginExercise(exercise);
  const all = startFiles(exercise);
  const task = readFileSync(join(exercise.folder, "README.md"), "utf8");
  console.log(renderMarkdown(task, { width: terminalWidth(), color: hasColor() }));
  console.log(`\n${"─".repeat(40)}\n`);
  console.log(copied.length === all.length ? "Your files:" : "Your files, as you left them:");
  for (const path of all) console.log(`  ${shown(join(copyFolder(exercise), path))}`);
  if (up) {
    await bringUp(exercise, asked);
    say("\nThe mesh runs with them. `lab exercise check --watch` grades each time you save.");
  } else {
    const files = ["compose.yaml", join(shown(exercise.folder), "compose.yaml")];
    console.log(`\nWith Docker: docker compose ${files.map((it) => `-f ${it}`).join(" ")} up -d`);
    console.log("Then `lab exercise check --no-apply`. Or have lab do it: `lab exercise start --docker`.");
  }
}

/** Brings the mesh to what the learner's copy says. */
async function bringUp(exercise: Exercise, runtime?: RuntimeName): Promise<void> {
  const printer = progressPrinter(process.stderr);
  const run = (signal: AbortSignal) =>
    applyFiles(exercise, requireCopy(exercise), { signal, onProgress: printer.onProgress, runtime });
  await interruptible(undefined, run).finally(printer.end);
}

/** `lab exercise reset`: starts over. */
export function resetCommand(): Command {
  return new Command("reset")
    .summary("start over; your files are kept aside")
    .argument("[exercise]", "its number or name (default: the one you are at)")
    .option("-y, --yes", "do not ask")
    .action(async (wanted: string | undefined, options: { yes?: boolean }) => {
      const exercise = currentExercise(wanted);
      if (!options.yes) await confirm(`Put your files of ${exercise.name} aside and begin anew?`);
      const backup = resetCopy(exercise, new Date());
      if (backup) console.log(`Your files are now in ${shown(backup)}.`);
      await bringUp(exercise);
      say(`${exercise.name} is as it was in the beginning, and so is the mesh.`);
    });
}

/** @throws {LabError} when the answer is no, or nobody can be asked. */
async function confirm(question: string): Promise<void> {
  const hint = "nothing was changed; --yes does it without asking";
  if (!process.stdin.isTTY) {
    throw new LabError(`${question} There is no terminal to ask in.`, { exitCode: ExitCode.usage, hint });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`${question} [y/N] `).finally(() => terminal.close());
  if (!/^y(es)?$/i.test(answer.trim())) {
    throw new LabError("not reset", { exitCode: ExitCode.usage, hint });
  }
}

/** `lab exercise next`: goes on with the next exercise. */
export function nextCommand(): Command {
  return new Command("next").summary("go on with the next exercise").action(async () => {
    const { current } = readProgress();
    const names = exerciseNames();
    const next = names[current === undefined ? 0 : names.indexOf(current) + 1];
    if (next === undefined) {
      console.log("That was the last one. `lab exercise` shows what you have done.");
      return;
    }
    await startExercise(findExercise(next), { up: true });
  });
}
