import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { ExitCode, LabError, printableJson } from "@envoy-mesh-lab/trace";

/** Prints data as JSON, with what JSON has no word for written as text: bigint, and $typeName of messages left out. */
export function printJson(value: unknown): void {
  const json = JSON.stringify(
    value,
    (key, it: unknown) => (key === "$typeName" ? undefined : typeof it === "bigint" ? it.toString() : it),
    2,
  );
  console.log(printableJson(json));
}

/** Whether standard output takes colours: a terminal, and NO_COLOR (https://no-color.org) not set. */
export function hasColor(): boolean {
  return process.stdout.isTTY === true && !process.env.NO_COLOR;
}

/** The terminal's width in characters; where there is none, `COLUMNS`, or 100. */
export function terminalWidth(): number {
  return process.stdout.columns ?? (Number(process.env.COLUMNS) || 100);
}

/**
 * Writes a file that the user names, from the folder that the user is in, also under npm, which changes it.
 *
 * @throws {LabError} (exit code `usage`) when it cannot be written.
 */
export function writeNamedFile(file: string, content: string): void {
  try {
    writeFileSync(resolve(process.env.INIT_CWD ?? process.cwd(), file), content);
  } catch (error) {
    throw new LabError(`cannot write ${file}: ${(error as Error).message}`, {
      exitCode: ExitCode.usage,
      hint: "name a file in a folder that is there",
    });
  }
}
