import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { ExitCode, LabError, printableJson, wrapLines } from "@envoy-mesh-lab/trace";

/** Prints data as JSON, with what JSON has no word for written as text: bigint, and $typeName of messages left out. */
export function printJson(value: unknown): void {
  const json = JSON.stringify(
    value,
    (key, it: unknown) => (key === "$typeName" ? undefined : typeof it === "bigint" ? it.toString() : it),
    2,
  );
  console.log(printableJson(json));
}

/** Whether standard output takes colours: a terminal that is not dumb (terminfo(5)), and NO_COLOR (https://no-color.org) not set. */
export function hasColor(): boolean {
  return process.stdout.isTTY === true && process.env.TERM !== "dumb" && !process.env.NO_COLOR;
}

/** How wide is drawn where there is no terminal, as in a pipe or a file, in columns. */
const widthOfPipes = 120;

/** Narrower terminals than this are drawn for as if they were so wide, in columns. */
const narrowest = 40;

/**
 * How wide to draw, in columns: `COLUMNS` where it is set, as git and Python have it (POSIX, "Environment Variables"), else
 * the terminal's width, and 120 where there is none.
 */
export function terminalWidth(): number {
  return Math.max(askedWidth() ?? process.stdout.columns ?? widthOfPipes, narrowest);
}

/** `COLUMNS`; undefined when it is no width. */
function askedWidth(columns = process.env.COLUMNS ?? ""): number | undefined {
  return /^[1-9]\d{0,3}$/.test(columns) ? Number(columns) : undefined;
}

/**
 * Prints a text, with those of its lines that are too long broken between words. Without a terminal and without `COLUMNS`,
 * sentences stay one line each, so that what reads them finds them.
 *
 * @param finish changes the lines once they are broken, as links do, which take no room.
 */
export function say(text: string, finish = (it: string) => it): void {
  const isFitted = askedWidth() !== undefined || process.stdout.isTTY === true;
  console.log(finish(isFitted ? wrapLines(text, terminalWidth()) : text));
}

/**
 * Writes a file that the user names, and makes its folder where there is none.
 *
 * @param folder where a relative name is from.
 * @throws {LabError} (exit code `usage`) when it cannot be written.
 */
export function writeNamedFile(file: string, content: string, folder: string): void {
  try {
    const path = resolve(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  } catch (error) {
    throw new LabError(`cannot write ${file}: ${(error as Error).message}`, {
      exitCode: ExitCode.usage,
      hint: "name a file in a folder that you may write to",
    });
  }
}
