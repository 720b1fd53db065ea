import { Argument, Command } from "commander";
import type { Words } from "../command-tree.ts";
import { commandTree } from "../command-tree.ts";
import { shells, toScript } from "../completion-scripts.ts";

/** Whose commands are completed. */
export interface Completed {
  /** The program's name. */
  readonly name: string;
  /** Makes it with all its commands. */
  readonly createProgram: () => Promise<Command>;
  /** The names that arguments take, by what the arguments are called. */
  readonly words: () => Words;
  /** What to do so that the shell knows the program by its name. */
  readonly toCompleteIt: string;
}

/** `completion`: what makes a shell complete a program's commands, options and names. */
export function completionCommand({ name, createProgram, words, toCompleteIt }: Completed): Command {
  return new Command("completion")
    .summary(`print what makes a shell complete ${name}'s commands`)
    .description(
      `Prints a script for bash, zsh or fish that completes commands, options, the values that options take, and the names that arguments take. It is made from the commands as they are, and needs no ${name} to run.`,
    )
    .addArgument(new Argument("<shell>", "which shell").choices(shells))
    .addHelpText(
      "after",
      `
Examples:
  ${name} completion fish > ~/.config/fish/completions/${name}.fish
  source <(npx ${name} completion bash)          for this shell; in ~/.bashrc for each
  source <(npx ${name} completion zsh)           the same, after compinit

${toCompleteIt}`,
    )
    .action(async (shell: (typeof shells)[number]) => {
      console.log(toScript(shell, commandTree(await createProgram(), words())));
    });
}
