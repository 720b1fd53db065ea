import { hintsToldOf, readProgress, renderMarkdown, showSolution, tellHint } from "@envoy-mesh-lab/exercise";
import { hasColor, say, terminalWidth } from "@envoy-mesh-lab/meshtrace";
import { Command } from "commander";
import { currentExercise } from "./current.ts";

const forTerminal = (markdown: string) =>
  renderMarkdown(markdown, { width: terminalWidth(), color: hasColor() });

/** `lab exercise hint`: the next hint, after those that were told already. */
export function hintCommand(): Command {
  return new Command("hint")
    .summary("tell the next hint")
    .argument("[exercise]", "its number or name (default: the one you are at)")
    .option("--again", "tell those that were told already, and no new one")
    .action((wanted: string | undefined, options: { again?: boolean }) => {
      const exercise = currentExercise(wanted);
      const { exercises } = readProgress();
      const told = options.again
        ? hintsToldOf(exercise, exercises[exercise.name])
        : tellHint(exercise).slice(-1);
      for (const { title, text } of told) {
        console.log(forTerminal(`${title}: ${text}`));
      }
      if (told.length === 0) say("No hint was told yet; `lab exercise hint` tells the first.");
      if (told.at(-1)?.isLast) say("\nThat is the last one; `lab exercise solution` shows it all.");
    });
}

/** `lab exercise solution`: the diff from the learner's files to the solution, and why it is so. */
export function solutionCommand(): Command {
  return new Command("solution")
    .summary("show the diff to the solution, explained")
    .argument("[exercise]", "its number or name (default: the one you are at)")
    .action((wanted: string | undefined) => {
      const exercise = currentExercise(wanted);
      const diff = showSolution(exercise);
      console.log(diff === "" ? "Your files are the solution's, to the letter.\n" : diff);
      console.log(forTerminal(exercise.explanation.trim()));
    });
}
