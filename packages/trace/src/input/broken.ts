import { ExitCode } from "../exit-codes.ts";
import { LabError } from "../lab-error.ts";
import { expectedForms } from "./format.ts";

/** The error for an input that cannot be read at all. */
export function broken(name: string, what: string, cause?: Error): LabError {
  return new LabError(`cannot read ${name}: ${what}`, {
    exitCode: ExitCode.usage,
    hint: expectedForms,
    cause,
  });
}

/**
 * The error for a file that the system does not give.
 *
 * @param error what the system said (its error has a `code`, errno(3)).
 * @param note what to add, such as how long it was waited for. Default: nothing.
 */
export function unreadable(name: string, error: Error & { readonly code?: string }, note = ""): LabError {
  const { code } = error;
  const [what, hint] =
    code === "ENOENT"
      ? ["there is no such file", wherePathsBegin(name)]
      : code === "EACCES" || code === "EPERM"
        ? ["you have no right to read it", "see ls -l, and chmod or sudo"]
        : [error.message, expectedForms];
  return new LabError(`cannot read ${name}: ${what}${note}`, {
    exitCode: ExitCode.usage,
    hint,
    cause: error,
  });
}

function wherePathsBegin(name: string): string {
  return name.startsWith("/")
    ? "see that its name is right"
    : "see that its name is right; it is looked for in the folder where the command is run";
}
