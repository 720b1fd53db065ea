import { ExitCode, LabError } from "@envoy-mesh-lab/trace";

/**
 * How long a trace may take to arrive in Tempo before it counts as missing, in milliseconds: what the variable says, or 10 s.
 *
 * @throws {LabError} (exit code `usage`) when the variable is no number of milliseconds.
 */
export function arrivalTimeout(variable: string, text = process.env[variable]): number {
  if (text === undefined || text === "") {
    return 10_000;
  }
  // A timer of Node's holds no more than 2^31 - 1 ms.
  if (!/^\d{1,9}$/.test(text)) {
    throw new LabError(`${variable} is "${text}", and not a number of milliseconds`, {
      exitCode: ExitCode.usage,
      hint: "set it to a whole number up to 999999999, 10000 for ten seconds, or unset it",
    });
  }
  return Number(text);
}
