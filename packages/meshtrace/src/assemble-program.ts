import { Command } from "commander";

/** What a program is made of. */
export interface ProgramParts {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  /** What its --version says that it tells. */
  readonly versionOf: string;
  /** In the order of the help. What a command needs is loaded when that one, or all, are asked for. */
  readonly commands: Readonly<Record<string, () => Promise<Command>>>;
  /** The last words of the help: what to begin with. */
  readonly footer: string;
}

/**
 * A program of commands. Errors in its use are thrown as CommanderError, so that `runProgram` decides the exit code.
 *
 * @param wanted the one command that it is to have, so that it starts sooner. Default, and for a name that is none: all,
 * for the help and for the name that was meant.
 */
export async function assembleProgram(
  { name, description, version, versionOf, commands, footer }: ProgramParts,
  wanted = "",
): Promise<Command> {
  const program = new Command(name).description(description);
  program.version(`${name} ${version}`, "-V, --version", `tell the version of ${versionOf}`);
  // So that an option behind a command's own command is that one's.
  program.enablePositionalOptions();
  const only = Object.hasOwn(commands, wanted) ? commands[wanted] : undefined;
  for (const create of only === undefined ? Object.values(commands) : [only]) {
    program.addCommand(await create());
  }
  program.addHelpText("after", `\n${footer}`);
  for (const command of [program, ...program.commands.flatMap((it) => [it, ...it.commands])]) {
    command
      .exitOverride()
      .showHelpAfterError("(add --help for what the command takes)")
      .showSuggestionAfterError();
  }
  return program;
}
