import type { Interceptor } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import { context as contexts } from "@opentelemetry/api";
import type { Logger } from "./logger.ts";
import { shortened } from "./text.ts";

/**
 * Makes an interceptor for a server's router that writes one line for each RPC that has finished: method,
 * code, duration. It must stand behind the tracing interceptor, so that the line has the span's ids.
 *
 * @param quiet Names of services whose calls are not written, such as health checks.
 */
export function createRpcLog(log: Logger, quiet: ReadonlySet<string>): Interceptor {
  return (next) => async (request) => {
    if (quiet.has(request.service.typeName)) {
      return next(request);
    }
    const method = `${request.service.typeName}/${request.method.name}`;
    const startedAt = performance.now();
    const context = contexts.active();
    let finished = false;
    function finish(error?: unknown): void {
      if (finished) {
        return;
      }
      finished = true;
      const line = {
        "rpc.method": method,
        code: codeName(error),
        duration_ms: Math.round((performance.now() - startedAt) * 1_000) / 1_000,
        ...(error === undefined
          ? {}
          : { error: shortened(ConnectError.from(error).rawMessage, longestText) }),
      };
      contexts.with(context, () => log.info(line, "rpc finished"));
    }
    try {
      const response = await next(request);
      if (response.stream) {
        return { ...response, message: watchEnd(response.message, request.signal, finish) };
      }
      finish();
      return response;
    } catch (error) {
      finish(error);
      throw error;
    }
  };
}

/** Reads through an iterable and returns how it ended; undefined when it was read to its end. */
async function* watchEnd<T>(
  messages: AsyncIterable<T>,
  signal: AbortSignal,
  finish: (error?: unknown) => void,
): AsyncGenerator<T> {
  try {
    yield* messages;
    finish();
  } catch (error) {
    finish(error);
    throw error;
  } finally {
    // Without effect unless the caller left early, which ends the generator at its yield.
    finish(signal.aborted ? signal.reason : new ConnectError("left by the caller", Code.Canceled));
  }
}

/** Longest text of an error in the log, in characters. Callers can make it as long as a message. */
const longestText = 500;

function codeName(error: unknown): string {
  if (error === undefined) {
    return "ok";
  }
  const aborted = error instanceof Error && error.name === "AbortError";
  const code = ConnectError.from(error, aborted ? Code.Canceled : Code.Internal).code;
  return (Code[code] ?? "unknown").replace(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase();
}
