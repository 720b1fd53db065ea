import { basename } from "node:path";
import type { Exercise, Proof } from "@envoy-mesh-lab/exercise";
import {
  exerciseNames,
  findExercise,
  makeExercise,
  packExercises,
  shown,
  stillToWrite,
  unpackExercises,
  verifyExercise,
  whyNotHere,
} from "@envoy-mesh-lab/exercise";
import { interruptible, progressPrinter } from "@envoy-mesh-lab/mesh";
import { printJson, say, writeNamedFile } from "@envoy-mesh-lab/meshtrace";
import { ExitCode } from "@envoy-mesh-lab/trace";
import { Command } from "commander";
import { readNamedFile } from "../../read-named-file.ts";
import { userFolder } from "../../user-folder.ts";

/** `lab exercise new`: makes the folder of a new exercise. */
export function newExerciseCommand(): Command {
  return new Command("new")
    .summary("make the folder of a new exercise, for teachers")
    .argument("<name>", 'its name in lower-case words with hyphens: "retries-doubled"')
    .action((name: string) => {
      const folder = makeExercise(name);
      const number = Number.parseInt(basename(folder), 10);
      console.log(
        `${shown(folder)} is there, and passes \`lab exercise verify ${number}\` with the break of an example.`,
      );
      console.log(`Now make it yours; docs/writing-exercises.md says how.\n${renderToWrite(folder)}`);
    });
}

/** `lab exercise pack`: makes one file of exercises. */
export function packCommand(): Command {
  return new Command("pack")
    .summary("make one file of exercises, for another clone")
    .argument("<exercise...>", "numbers or names")
    .requiredOption("-o, --output <file>", "the file to write")
    .addHelpText(
      "after",
      "\nExample:\n  lab exercise pack 18 19 -o ours.json   and there: lab exercise unpack ours.json",
    )
    .action((wanted: string[], { output }: { output: string }) => {
      writeNamedFile(output, packExercises(wanted.map(findExercise)), userFolder());
      say(`wrote ${output}; \`lab exercise unpack\` takes it`);
    });
}

/** `lab exercise unpack`: takes the exercises of a file. */
export function unpackCommand(): Command {
  return new Command("unpack")
    .summary("take the exercises of a file that `pack` made")
    .argument("<file>")
    .description(
      "Takes all exercises of a file, or none. Exercises are code that runs on this machine when they are started: take them only from people whom you would let run it.",
    )
    .action((file: string) => {
      const names = unpackExercises(readNamedFile(file));
      for (const name of names) console.log(name);
    });
}

/** `lab exercise verify`: proves exercises. */
export function verifyCommand(): Command {
  return new Command("verify")
    .summary("prove exercises on the real mesh, for teachers")
    .argument("[exercise...]", "numbers or names (default: all, one after the other in one mesh)")
    .option("--only <words>", "only what has these words in its claim: cheat")
    .option("--json", "print the proofs as JSON")
    .description(
      "Proves of each exercise that its start fails for the reason that it names and no other, that its solution passes and other right ones do, that no part of the solution alone does and no cheat, and that a broken file gets the words of who rejects it.",
    )
    .action(async (wanted: string[], options: { json?: boolean; only?: string }) => {
      const exercises = await provable(wanted);
      const results: object[] = [];
      let failed = 0;
      await interruptible(undefined, async (signal) => {
        for (const exercise of exercises) {
          const printer = progressPrinter(process.stderr);
          const startedAt = performance.now();
          const proofs: Proof[] = [];
          if (!options.json) console.log(exercise.name);
          const { only } = options;
          const proving = verifyExercise(exercise, { signal, onProgress: printer.onProgress, only });
          for await (const proof of proving) {
            printer.end();
            proofs.push(proof);
            if (!options.json) say(renderProof(proof));
          }
          const seconds = (performance.now() - startedAt) / 1000;
          failed += proofs.filter((it) => !it.ok).length;
          const toWrite = stillToWrite(exercise.folder);
          results.push({ exercise: exercise.name, seconds, proofs, stillToWrite: toWrite });
          if (!options.json) console.log(`${renderToWrite(exercise.folder)}  ${seconds.toFixed(1)} s\n`);
        }
      });
      if (options.json) printJson(results);
      process.exitCode = failed === 0 ? ExitCode.ok : ExitCode.findings;
    });
}

/** The exercises that are named; else all, but for those that cannot run on this machine, which is said of each. */
async function provable(wanted: readonly string[]): Promise<Exercise[]> {
  if (wanted.length > 0) return wanted.map(findExercise);
  const found: Exercise[] = [];
  for (const exercise of exerciseNames().map(findExercise)) {
    const reason = await whyNotHere(exercise);
    if (reason === undefined) found.push(exercise);
    else console.error(`${exercise.name} is left out: ${reason}`);
  }
  return found;
}

/** What is still to be written in an exercise; empty when nothing is. */
function renderToWrite(folder: string): string {
  const lines = stillToWrite(folder);
  return lines.length === 0 ? "" : `  Still to be written:\n${lines.map((it) => `    ${it}\n`).join("")}`;
}

function renderProof({ claim, ok, seen, durationMs }: Proof): string {
  const line = `  ${ok ? "✔" : "✘"} ${claim}  (${(durationMs / 1000).toFixed(1)} s)`;
  return ok && seen === "" ? line : `${line}\n      seen: ${seen}`;
}
