import { ExitCode, LabError } from "@envoy-mesh-lab/trace";

/**
 * Reads a trace id. @returns it in lower case.
 *
 * @throws {LabError} (exit code `usage`) for what is none.
 */
export function parseTraceId(id: string): string {
  if (!/^[0-9a-f]{32}$/i.test(id) || /^0+$/.test(id)) {
    throw new LabError(`"${id}" is not a trace id, and there is no such file`, {
      exitCode: ExitCode.usage,
      hint: /[*?[]/.test(id)
        ? "it is a pattern that no file fits, or that quotes keep the shell from filling in"
        : /[./\\]/.test(id)
          ? "is the path right? It starts from the folder that this is run in"
          : 'a trace id has 32 hex digits, not all zero (W3C Trace Context, "trace-id")',
    });
  }
  return id.toLowerCase();
}
