import { basename } from "node:path";
import type { Proof } from "@envoy-mesh-lab/exercise";
import {
  exerciseNames,
  findExercise,
  makeExercise,
  shown,
  stillToWrite,
  verifyExercise,
} from "@envoy-mesh-lab/exercise";
import { interruptible, progressPrinter } from "@envoy-mesh-lab/mesh";
import { printJson, say } from "@envoy-mesh-lab/meshtrace";
import { ExitCode } from "@envoy-mesh-lab/trace";
import { Command } from "commander";

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
      console.log(`Now make it yours; docs/writing-exercises.md tells how.\n${renderToWrite(folder)}`);
    });
}

/** `lab exercise verify`: proves exercises. */
export function verifyCommand(): Command {
  return new Command("verify")
    .summary("prove exercises on the real mesh, for teachers")
    .argument("[exercise...]", "numbers or names (default: all, one after the other in one mesh)")
    .option("--json", "print the proofs as JSON")
    .description(
      "Proves of each exercise that its start fails for the reason that it names and no other, that its solution passes, that no part of the solution alone does, and that a broken file gets the words of who rejects it.",
    )
    .action(async (wanted: string[], options: { json?: boolean }) => {
      const exercises = (wanted.length > 0 ? wanted : exerciseNames()).map(findExercise);
      const results: object[] = [];
      let failed = 0;
      await interruptible(undefined, async (signal) => {
        for (const exercise of exercises) {
          const printer = progressPrinter(process.stderr);
          const startedAt = performance.now();
          const proofs: Proof[] = [];
          if (!options.json) console.log(exercise.name);
          for await (const proof of verifyExercise(exercise, { signal, onProgress: printer.onProgress })) {
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

/** What is still to be written in an exercise; empty when nothing is. */
function renderToWrite(folder: string): string {
  const lines = stillToWrite(folder);
  return lines.length === 0 ? "" : `  Still to be written:\n${lines.map((it) => `    ${it}\n`).join("")}`;
}

function renderProof({ claim, ok, seen, durationMs }: Proof): string {
  const line = `  ${ok ? "✔" : "✘"} ${claim}  (${(durationMs / 1000).toFixed(1)} s)`;
  return ok && seen === "" ? line : `${line}\n      seen: ${seen}`;
}
