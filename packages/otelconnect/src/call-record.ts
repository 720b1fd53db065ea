import type { Attributes, Context, Span } from "@opentelemetry/api";
import { ROOT_CONTEXT, SpanStatusCode, trace } from "@opentelemetry/api";
import { report } from "./diagnostics.ts";
import type { Measurement } from "./measurement.ts";
import { nothing } from "./request.ts";

/** How a call ended, as its span and its metrics have it. */
export interface Outcome {
  /** What the end adds to the span. */
  readonly spanAttributes: Attributes;
  /** All attributes that the call has in metrics. */
  readonly metricAttributes: Attributes;
  /** The message of the span's status; undefined where the call did not end with an error. */
  readonly error: string | undefined;
}

/**
 * What is recorded of one call: its span and its measurements. It closes once; what comes later changes nothing.
 *
 * It holds neither the request nor the context of the call: the registry of streams that are let go keeps it until
 * the stream's reader is collected, and from request, signal or context a way may lead to that reader.
 */
export class CallRecord {
  readonly span: Span;
  /** Undefined while nobody measures. */
  readonly measurement: Measurement | undefined;
  private closed = false;

  constructor(span: Span, measurement: Measurement | undefined) {
    this.span = span;
    this.measurement = measurement;
  }

  /** Whether the call ends with this. */
  close(): boolean {
    const first = !this.closed;
    this.closed = true;
    return first;
  }

  /**
   * Records the end of a call that was closed.
   *
   * @param context What measurements are recorded in, for exemplars. Default: one with the span and nothing else.
   */
  finish(outcome: Outcome, context: Context = trace.setSpan(ROOT_CONTEXT, this.span)): void {
    try {
      this.finishSpan(outcome);
      this.measurement?.end(outcome.metricAttributes, context);
    } catch (error) {
      report("recording the end of a call", error);
    }
  }

  private finishSpan({ spanAttributes, error }: Outcome): void {
    const { span } = this;
    try {
      if (span.isRecording()) {
        if (spanAttributes !== nothing) {
          span.setAttributes(spanAttributes);
        }
        if (error !== undefined) {
          span.setStatus({ code: SpanStatusCode.ERROR, message: error });
        }
      }
    } finally {
      // A span that takes no attribute is to be seen all the same.
      span.end();
    }
  }
}
