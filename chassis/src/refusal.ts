import { create } from "@bufbuild/protobuf";
import type { ConnectError, HandlerContext, Interceptor } from "@connectrpc/connect";

/**
 * Refuses a call before its request is read, and has the interceptors see it, as they see calls that are taken on: with a span
 * and a line in the log, so that who is refused shows where all other calls do.
 *
 * @throws {ConnectError} the given error.
 */
export async function refuse(
  context: HandlerContext,
  error: ConnectError,
  interceptors: readonly Interceptor[],
): Promise<never> {
  const {
    service,
    method,
    requestMethod,
    url,
    signal,
    requestHeader: header,
    values: contextValues,
  } = context;
  const common = { service, requestMethod, url, signal, header, contextValues };
  // The first interceptor is the outermost.
  const through = interceptors.reduceRight((next, interceptor) => interceptor(next), failWith(error));
  const request =
    method.methodKind === "unary"
      ? { ...common, stream: false, method, message: create(method.input) }
      : { ...common, stream: true, method, message: noMessages() };
  // TypeScript cannot derive a method's kind from its description.
  await through(request as Parameters<typeof through>[0]);
  throw error;
}

function failWith(error: ConnectError): ReturnType<Interceptor> {
  return () => Promise.reject(error);
}

async function* noMessages(): AsyncGenerator<never> {}
