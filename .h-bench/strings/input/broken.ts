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
