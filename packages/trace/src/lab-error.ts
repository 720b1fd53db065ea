import { ExitCode } from "./exit-codes.ts";
import { printableLines } from "./printable.ts";

/** An error whose words are for the user: what is wrong and where, and in `hint` what to do next. */
export class LabError extends Error {
  /** What to do next. */
  readonly hint: string;
  /** One of ExitCode. */
  readonly exitCode: number;

  constructor(message: string, options: { hint: string; exitCode?: number; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = "LabError";
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? ExitCode.findings;
  }
}

/**
 * An error as a program prints it: what is wrong, and below it what to do next.
 *
 * @param program the name that it begins with. Default: lab.
 */
export function inWords({ message, hint }: LabError, program = "lab"): string {
  return printableLines(`${program}: ${message}\n  ${hint.replaceAll("\n", "\n  ")}`);
}
