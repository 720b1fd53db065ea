import { Code, ConnectError } from "@connectrpc/connect";
import type { Span } from "@opentelemetry/api";
import type { Response } from "./options.ts";
import { formatTraceparent } from "./traceparent.ts";

/** W3C Trace Context Level 3 (a draft), "traceresponse Header"; its value is that of `traceparent`. */
const headerName = "traceresponse";

/** Has the answer to a call tell which span it was, also where that is an error. */
export async function answerWithTrace<R extends Response>(span: Span, answer: Promise<R>): Promise<R> {
  const { traceId, spanId, traceFlags } = span.spanContext();
  const value = formatTraceparent({ traceId, spanId, flags: traceFlags });
  try {
    return responseWithTrace(await answer, value);
  } catch (reason) {
    throw errorWithTrace(reason, value);
  }
}

/** The response itself, or a copy where an interceptor has put headers into it that cannot be written, as those of `fetch`. */
function responseWithTrace<R extends Response>(response: R, value: string): R {
  try {
    response.header.set(headerName, value);
    return response;
  } catch {
    const header = new Headers(response.header);
    header.set(headerName, value);
    return { ...response, header };
  }
}

/**
 * The error as Connect will send it, with one header more. It is a copy, as a handler may throw the same error in several
 * calls at once. What is no `ConnectError` becomes the one that Connect makes of it.
 */
function errorWithTrace(reason: unknown, value: string): unknown {
  if (!(reason instanceof ConnectError)) {
    return new ConnectError("internal error", Code.Internal, { [headerName]: value }, undefined, reason);
  }
  const metadata = new Headers(reason.metadata);
  metadata.set(headerName, value);
  return Object.create(Object.getPrototypeOf(reason), {
    ...Object.getOwnPropertyDescriptors(reason),
    metadata: { value: metadata, enumerable: true, configurable: true, writable: true },
  });
}
