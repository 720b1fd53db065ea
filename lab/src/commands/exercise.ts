import { Command } from "commander";
import { checkExerciseCommand } from "./exercise/check.ts";
import { classCommand } from "./exercise/class.ts";
import { hintCommand, solutionCommand } from "./exercise/help.ts";
import { listExercises } from "./exercise/list.ts";
import { reportCommand } from "./exercise/report.ts";
import { nextCommand, resetCommand, startExerciseCommand } from "./exercise/start.ts";
import { newExerciseCommand, packCommand, unpackCommand, verifyCommand } from "./exercise/teach.ts";

/** `lab exercise`: broken meshes to repair, graded by their traces. */
export function exerciseCommand(): Command {
  const command = new Command("exercise")
    .summary("repair broken meshes, graded by their traces")
    .description(
      "Exercises that start from a mesh that is really broken, or from a question that only a trace answers. Without a command it lists them with your progress. Your files are in workspace/, which git ignores.",
    )
    // So that --json behind a command is that command's.
    .enablePositionalOptions()
    .option("--json", "print the list as JSON")
    .action(listExercises)
    .addHelpText(
      "after",
      `
Examples:
  lab exercise                  what there is, and how far you are
  lab exercise start 2          begin with the second, or go on with it
  lab exercise check --watch    grade it each time you save a file
  lab exercise hint             the next hint
  lab exercise report --html me.html
  lab exercise solution         the diff to the solution, explained`,
    );
  for (const create of [
    startExerciseCommand,
    checkExerciseCommand,
    hintCommand,
    solutionCommand,
    resetCommand,
    nextCommand,
    reportCommand,
    classCommand,
    newExerciseCommand,
    packCommand,
    unpackCommand,
    verifyCommand,
  ]) {
    command.addCommand(create());
  }
  return command;
}
