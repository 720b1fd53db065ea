import { ExitCode, LabError } from "@envoy-mesh-lab/trace";

/**
 * Holds that an option is a URL that can be fetched.
 *
 * @param option how the user knows it: "--tempo or LAB_TEMPO_URL".
 * @throws {LabError} (exit code `usage`) for what is none.
 */
export function assertHttpUrl(option: string, text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new LabError(`${option}: "${text}" is not an http or https URL`, {
      exitCode: ExitCode.usage,
      hint: "it has the form http://127.0.0.1:8080",
    });
  }
  return text;
}
