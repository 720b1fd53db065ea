import type { Host } from "./host.ts";

/** An example of a command's help: what is typed behind the program's name, and what that does. */
export type Example = readonly [line: string, does: string];

/** The column that an example's words begin in. */
const column = 43;

/**
 * The examples of a command's help.
 *
 * @param own those that need traces of the host's own; left out where it has none.
 */
export function exampleLines(host: Host, own: readonly Example[], others: readonly Example[]): string {
  const all = host.hasOwnTraces ? [...own, ...others] : others;
  const lines = all.map(([line, does]) => {
    const typed = `${host.name} ${line}`;
    // A longer one keeps a gap before its words.
    return `  ${typed.length < column ? typed.padEnd(column) : `${typed}  `}${does}`.trimEnd();
  });
  return `\nExamples:\n${lines.join("\n")}`;
}
