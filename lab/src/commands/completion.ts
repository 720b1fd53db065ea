import { exerciseNames } from "@envoy-mesh-lab/exercise";
import { rpcNames } from "@envoy-mesh-lab/load";
import { labParts } from "@envoy-mesh-lab/mesh";
import { Argument, Command } from "commander";
import type { Words } from "../command-tree.ts";
import { commandTree } from "../command-tree.ts";
import { shells, toScript } from "../completion-scripts.ts";

/**
 * `lab completion`: what makes a shell complete lab's commands, options and names.
 *
 * @param createProgram makes the program with all its commands.
 */
export function completionCommand(createProgram: () => Promise<Command>): Command {
  return new Command("completion")
    .summary("print what makes a shell complete lab's commands")
    .description(
      "Prints a script for bash, zsh or fish that completes commands, options, the values that options take, and the names of parts, RPCs and exercises. It is made from the commands as they are, and needs no lab to run.",
    )
    .addArgument(new Argument("<shell>", "which shell").choices(shells))
    .addHelpText(
      "after",
      `
Examples:
  lab completion fish > ~/.config/fish/completions/lab.fish
  source <(npx lab completion bash)          for this shell; in ~/.bashrc for each
  source <(npx lab completion zsh)           the same, after compinit

It completes the command \`lab\`: \`npm link -w lab\` puts that in the path.`,
    )
    .action(async (shell: (typeof shells)[number]) => {
      console.log(toScript(shell, commandTree(await createProgram(), namesOf())));
    });
}

/** The names that arguments take, by what the arguments are called. */
function namesOf(): Words {
  const parts = Object.values(labParts).map(({ service }) => service);
  return {
    part: [...new Set<string>(parts)],
    rpc: rpcNames(),
    exercise: exerciseNames().flatMap((it) => [`${Number.parseInt(it, 10)}`, it]),
    id: ["last"],
  };
}
