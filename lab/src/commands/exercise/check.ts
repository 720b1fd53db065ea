import type { Exercise, Grade } from "@envoy-mesh-lab/exercise";
import {
  checkExercise,
  copyFolder,
  renderGrade,
  requireCopy,
  savesIn,
  shown,
} from "@envoy-mesh-lab/exercise";
import { interruptible, progressPrinter, readMesh } from "@envoy-mesh-lab/mesh";
import { hasColor, printJson, say, terminalWidth } from "@envoy-mesh-lab/meshtrace";
import { ExitCode, inWords, LabError } from "@envoy-mesh-lab/trace";
import { Command } from "commander";
import { linkFiles } from "../../file-links.ts";
import { findGrafana } from "../../find-viewer.ts";
import { traceLink } from "../../trace-viewer.ts";
import { currentExercise } from "./current.ts";
import { watchWithKeys } from "./watch.ts";

interface Flags {
  watch?: boolean;
  json?: boolean;
  apply: boolean;
}

/** `lab exercise check`: applies the learner's files and grades what the traces then show. */
export function checkExerciseCommand(): Command {
  return new Command("check")
    .summary("apply your files and grade the traces")
    .argument("[exercise]", "its number or name (default: the one you are at)")
    .description(
      "Brings the mesh to what your files say, makes calls, waits for their traces and grades them: a checklist of what was expected, what was seen instead, and where, with the trace beside it.",
    )
    .option(
      "--watch",
      "go on, and grade again each time you save a file; in a terminal, with keys for the rest",
    )
    .option("--no-apply", "grade the mesh as it runs: it has your files already")
    .option("--json", "print the grade as JSON")
    .addHelpText(
      "after",
      "\nExit codes: 0 passed, 1 not yet, 8 a program rejects your file, in its own words.",
    )
    .action(async (wanted: string | undefined, options: Flags) => {
      const exercise = currentExercise(wanted);
      requireCopy(exercise);
      await interruptible(undefined, async (signal) => {
        // Without a terminal to draw on and keys to press, what is checked is printed one below the other.
        const hasKeys = process.stdin.isTTY && process.stdout.isTTY && !options.json;
        if (options.watch && hasKeys) await watchWithKeys(exercise, options, signal);
        else if (options.watch) await watchAndCheck(exercise, options, signal);
        else
          process.exitCode = (await checkOnce(exercise, options, signal)).ok
            ? ExitCode.ok
            : ExitCode.findings;
      });
    });
}

async function checkOnce(exercise: Exercise, options: Flags, signal: AbortSignal): Promise<Grade> {
  const printer = progressPrinter(process.stderr);
  const startedAt = performance.now();
  const onStep = (text: string) =>
    printer.onProgress({ program: undefined, kind: "tick", text, elapsedMs: performance.now() - startedAt });
  try {
    const { onProgress } = printer;
    const grade = await checkExercise(exercise, { apply: options.apply, signal, onProgress, onStep });
    printer.end();
    if (options.json) {
      printJson(toJson(grade));
    } else {
      const mesh = await readMesh();
      const folder = copyFolder(exercise);
      const grafana = await findGrafana(mesh, mesh.urls.tempo);
      const link = (traceId: string) => traceLink(grafana, traceId);
      const width = terminalWidth();
      const text = renderGrade(exercise, grade, { color: hasColor(), width, folder, link });
      say(text, process.stdout.isTTY === true ? linkFiles : undefined);
    }
    return grade;
  } finally {
    printer.end();
  }
}

/** A grade without the spans of the traces that are drawn. */
function toJson({ checks, ...grade }: Grade): object {
  return { version: 1, ...grade, checks: checks.map(({ drawn: _, ...it }) => it) };
}

async function watchAndCheck(exercise: Exercise, options: Flags, signal: AbortSignal): Promise<void> {
  const folder = copyFolder(exercise);
  // Watched from the first grading on, so that what is saved meanwhile is graded too.
  const saves = savesIn(folder, signal);
  for (let next = saves.next(); !signal.aborted; next = saves.next()) {
    try {
      await checkOnce(exercise, options, signal);
    } catch (error) {
      // A file that is rejected is what a watch is for; what is wrong with the mesh itself is not.
      if (!(error instanceof LabError) || error.exitCode === ExitCode.interrupted) throw error;
      console.error(inWords(error));
    }
    console.error(`\nWatching ${shown(folder)}; save a file to check again, Ctrl-C to end.`);
    await next;
  }
}
