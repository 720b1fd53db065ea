import type { Interceptor } from "@connectrpc/connect";
import { ConnectError } from "@connectrpc/connect";
import { trace } from "@opentelemetry/api";

type Line = Readonly<Record<string, string>>;

/** How long lines are kept back, so that a bad minute does not write thousands of times. */
const pauseMs = 50;

/** Writes a line on standard output for each order that failed. */
export function createOrderLog(): Interceptor {
  const waiting: Line[] = [];

  function flush(): void {
    for (const line of waiting.splice(0)) {
      console.log(JSON.stringify(line));
    }
  }

  function note(error: ConnectError): void {
    // Asked now, while the order's span is active; in flush no span is.
    const span = trace.getActiveSpan()?.spanContext();
    waiting.push({
      time: new Date().toISOString(),
      level: "warn",
      "service.name": "gateway",
      msg: "order failed",
      reason: error.rawMessage,
      ...(span ? { trace_id: span.traceId, span_id: span.spanId } : {}),
    });
    setTimeout(flush, pauseMs);
  }

  return (next) => async (request) => {
    try {
      return await next(request);
    } catch (error) {
      note(ConnectError.from(error));
      throw error;
    }
  };
}
