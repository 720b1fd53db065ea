import { Code, ConnectError } from "@connectrpc/connect";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";

/** What the exit codes of the command line are in Connect's words. */
const codes = new Map<number, Code>([
  [ExitCode.usage, Code.InvalidArgument],
  [ExitCode.notRunning, Code.Unavailable],
  [ExitCode.traceMissing, Code.NotFound],
]);

/**
 * An error as the page shows it: what is wrong, where, and what to do.
 *
 * @param code of an error that says of itself no better one. Default: `Internal`, as for all that was not foreseen.
 */
export function inConnect(error: unknown, code: Code = Code.Internal): unknown {
  if (!(error instanceof LabError)) return error;
  const { message, hint, exitCode } = error;
  return new ConnectError(
    [message, hint].filter(Boolean).join("; "),
    codes.get(exitCode ?? 0) ?? code,
    undefined,
    undefined,
    error,
  );
}
