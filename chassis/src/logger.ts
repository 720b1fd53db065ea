import { isSpanContextValid, trace } from "@opentelemetry/api";
import type { DestinationStream, Logger } from "pino";
import { pino, stdSerializers, stdTimeFunctions } from "pino";
import { LineOutput } from "./line-output.ts";
import { shortened } from "./text.ts";

export type { Logger } from "pino";

/** How log lines are written. */
export interface LoggerOptions {
  /** `service.name` of every line. */
  readonly serviceName: string;
  /** Least level that is written. */
  readonly level: string;
  /** Where lines go. Default: standard output, see `LineOutput`. */
  readonly destination?: DestinationStream;
}

/**
 * Makes the logger of a service: one JSON object a line, with the ids of the span that is active where the
 * line is written. The names `trace_id`, `span_id` and `trace_flags` are those that OpenTelemetry gives for
 * JSON logs: https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/
 */
export function createLogger(options: LoggerOptions): Logger {
  return pino(
    {
      level: options.level,
      base: { "service.name": options.serviceName },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: activeSpanIds,
      serializers: { err: brief },
    },
    options.destination ?? new LineOutput(1, (lines) => leftOut(lines, options)),
  );
}

/** The line that stands for those which could not be written. */
function leftOut(lines: number, { serviceName }: LoggerOptions): string {
  const text = { msg: "lines of this log were left out, as they could not be written", lines };
  const line = { level: "warn", time: new Date().toISOString(), "service.name": serviceName, ...text };
  return `${JSON.stringify(line)}\n`;
}

/** Longest message and longest stack of an error in the log, in characters: callers can make them as long as a message. */
const [longestMessage, longestStack] = [500, 4_000];

/** An error as pino writes it, within bounds, and without its other properties, one of which is the message again. */
function brief(error: Error): unknown {
  const { type, message, stack, code } = stdSerializers.err(error);
  return {
    type,
    message: shortened(String(message), longestMessage),
    stack: shortened(String(stack), longestStack),
    code,
  };
}

function activeSpanIds(): Record<string, string> {
  const context = trace.getActiveSpan()?.spanContext();
  if (context === undefined || !isSpanContextValid(context)) {
    return {};
  }
  return {
    trace_id: context.traceId,
    span_id: context.spanId,
    trace_flags: context.traceFlags.toString(16).padStart(2, "0"),
  };
}
