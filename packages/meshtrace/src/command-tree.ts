import type { Command } from "commander";

/** Words by what they are of: an argument's name, for example. */
export type Words = Readonly<Record<string, readonly string[]>>;

/** What can be written behind a command. */
export interface CommandNode {
  /** The command's words, from the program's name on: `lab exercise start`. */
  path: string;
  /** Its own commands, with what each does. */
  commands: { name: string; summary: string }[];
  options: {
    /** `-f` and `--follow`. */
    flags: string[];
    summary: string;
    /** Whether a value has to follow. */
    takesValue: boolean;
    /** The values that it takes, where they can be named; for others a file may be meant. */
    values: readonly string[];
  }[];
  /** What its arguments may be. */
  words: string[];
}

/** A program's commands, every one with what can be written behind it. */
export function commandTree(program: Command, words: Words): CommandNode[] {
  const nodes: CommandNode[] = [];
  const add = (command: Command, above: string) => {
    const path = [above, command.name()].filter(Boolean).join(" ");
    const help = command.createHelp();
    nodes.push({
      path,
      commands: help
        .visibleCommands(command)
        .map((it) => ({ name: it.name(), summary: it.summary() || it.description() })),
      options: help.visibleOptions(command).map((it) => ({
        flags: [it.short, it.long].filter((flag) => flag !== undefined),
        summary: it.description,
        takesValue: it.required,
        values: it.argChoices ?? [],
      })),
      words: command.registeredArguments.flatMap((it) => it.argChoices ?? words[it.name()] ?? []),
    });
    for (const it of command.commands) add(it, path);
  };
  add(program, "");
  return nodes;
}
