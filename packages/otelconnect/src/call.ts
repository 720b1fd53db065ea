import { Code, ConnectError } from "@connectrpc/connect";
import type { Attributes, Context, Link, Span, SpanOptions } from "@opentelemetry/api";
import { context as contexts, isSpanContextValid, SpanStatusCode, trace } from "@opentelemetry/api";
import { report } from "./diagnostics.ts";
import { captureHeaders } from "./header-capture.ts";
import type { Instruments } from "./instruments.ts";
import type { IterationObserver } from "./iterable.ts";
import { MessageRecorder } from "./messages.ts";
import type { AnyMessage, Request } from "./options.ts";
import type { RequestDescription } from "./request.ts";
import { describeRequest, nothing } from "./request.ts";
import { ATTR_ERROR_TYPE, ATTR_RPC_STATUS_CODE } from "./semconv.ts";
import type { Settings } from "./settings.ts";
import { filterAttributes, spanNameOf } from "./settings.ts";
import type { Failure } from "./status.ts";
import { connectErrorFrom, describeFailure } from "./status.ts";

/** Where a call's span stands in a trace. */
export interface Parentage {
  /** The context that holds the parent, if there is one. */
  readonly context: Context;
  /** The span of a caller that is not trusted: the call starts a trace of its own that points there. */
  readonly untrusted?: Link | undefined;
}

/**
 * One call: its span and its measurements. It ends with whatever ends the call first; what comes later
 * changes nothing.
 *
 * It also ends when the request's signal is aborted: a cancelled call or one past its deadline is over for its
 * caller, even where a handler works on or a stream is never read to its end. As the reader of the response
 * may end it, it is the observer of that iteration.
 */
export class Call implements IterationObserver {
  /** The context in which the span is active. */
  readonly context: Context;
  /** Whether anybody will see what is recorded. If not, there is nothing to end. */
  readonly recording: boolean;
  readonly requests: MessageRecorder | undefined;
  readonly responses: MessageRecorder | undefined;
  private readonly settings: Settings;
  private readonly request: Request;
  private readonly description: RequestDescription;
  private readonly span: Span;
  private readonly instruments: Instruments | undefined;
  private readonly startTime: number;
  private listening = false;
  private ended = false;

  constructor(settings: Settings, request: Request, parentage: Parentage) {
    const description = describeRequest(request, settings.side, settings.descriptions);
    this.settings = settings;
    this.request = request;
    this.description = description;
    this.span = settings.tracer.startSpan(
      spanNameOf(settings, request, description.method),
      this.spanOptions(parentage.untrusted),
      parentage.context,
    );
    const isRecording = this.span.isRecording();
    // A span without an id, as there is one where no SDK is registered, means nothing to the code inside.
    this.context =
      isRecording || isSpanContextValid(this.span.spanContext())
        ? trace.setSpan(parentage.context, this.span)
        : parentage.context;
    this.instruments = settings.instruments();
    this.recording = isRecording || this.instruments !== undefined;
    this.startTime = this.instruments === undefined ? 0 : performance.now();
    // Messages are looked at for those who are told of them, which is not everybody who is told of the call.
    if ((isRecording && settings.options.messageEvents) || this.instruments?.requests !== undefined) {
      this.requests = this.messageRecorder("request");
      this.responses = this.messageRecorder("response");
    }
    if (this.recording && this.needsSignal()) {
      this.listen();
    }
  }

  /**
   * Whether the call needs nothing more: nobody records it, and its context holds nothing that the code inside
   * would not have anyway.
   */
  isIdle(): boolean {
    return !this.recording && this.context === contexts.active();
  }

  /** The call ended well. */
  succeed(): void {
    if (this.end()) {
      this.finish(undefined);
    }
  }

  /** The call ended with an error. */
  fail(reason: unknown): void {
    if (this.end()) {
      const { side } = this.settings;
      // Connect tells the caller of a client why the signal was aborted, whatever the transport made of it.
      const failure =
        side === "client" && this.request.signal.aborted
          ? describeFailure(this.abortReason(), side, this.description.grpc)
          : describeFailure(reason, side, this.description.grpc);
      this.finish(failure, reason instanceof ConnectError ? reason.metadata : undefined);
    }
  }

  /** The response's header, once it is there. A stream's comes before its messages, so also before an error in them. */
  header: Headers | undefined;

  message(value: unknown): void {
    this.responses?.message(value as AnyMessage);
  }
  done(): void {
    this.succeed();
  }
  failed(reason: unknown): void {
    this.fail(reason);
  }
  abandoned(): void {
    this.fail(new ConnectError(leftEarly[this.settings.side], Code.Canceled));
  }

  /** Listens to the request's signal; by this name it is an event listener without a closure. */
  handleEvent(): void {
    if (this.end()) {
      this.finish(describeFailure(this.abortReason(), this.settings.side, this.description.grpc));
    }
  }

  private spanOptions(untrusted: Link | undefined): SpanOptions {
    const { settings, request } = this;
    const { spanOptions, attributes } = this.description;
    const { requestHeaders } = settings;
    const all =
      requestHeaders.length === 0
        ? attributes
        : { ...attributes, ...captureHeaders(requestHeaders, request.header) };
    const kept = filterAttributes(settings, request, all);
    if (kept === attributes && untrusted === undefined) {
      return spanOptions;
    }
    const options = { ...spanOptions, attributes: kept };
    return untrusted === undefined ? options : { ...options, root: true, links: [untrusted] };
  }

  /**
   * A client's unary call ends with its promise, which Connect rejects when the signal is aborted. Others may
   * go on after it: a handler that does not care, a stream that nobody reads.
   */
  private needsSignal(): boolean {
    return this.request.stream || this.settings.side === "server";
  }

  private listen(): void {
    const { signal } = this.request;
    if (signal.aborted) {
      this.handleEvent();
    } else {
      this.listening = true;
      signal.addEventListener("abort", this);
    }
  }

  private abortReason(): unknown {
    const { reason } = this.request.signal;
    return reason instanceof ConnectError ? reason : connectErrorFrom(reason, Code.Canceled);
  }

  private end(): boolean {
    if (this.ended || !this.recording) {
      return false;
    }
    this.ended = true;
    if (this.listening) {
      this.request.signal.removeEventListener("abort", this);
    }
    return true;
  }

  private finish(failure: Failure | undefined, metadata?: Headers): void {
    try {
      if (failure === undefined) {
        const { success, successMetricAttributes } = this.description;
        this.finishSpan(failure, success);
        this.finishMetrics(successMetricAttributes);
      } else {
        const { statusCode, isError } = failure;
        const outcome = isError
          ? { [ATTR_RPC_STATUS_CODE]: statusCode, [ATTR_ERROR_TYPE]: statusCode }
          : { [ATTR_RPC_STATUS_CODE]: statusCode };
        this.finishSpan(failure, outcome, metadata);
        this.finishMetrics({ ...this.description.metricAttributes, ...outcome });
      }
    } catch (error) {
      report("recording the end of a call", error);
    }
  }

  private finishSpan(failure: Failure | undefined, outcome: Attributes, metadata?: Headers): void {
    const { settings, request, span, header } = this;
    const { responseHeaders } = settings;
    try {
      if (span.isRecording()) {
        const captured =
          responseHeaders.length === 0
            ? outcome
            : {
                ...outcome,
                ...captureHeaders(responseHeaders, header),
                ...captureHeaders(responseHeaders, metadata),
              };
        if (captured !== nothing) {
          span.setAttributes(filterAttributes(settings, request, captured));
        }
        if (failure?.isError) {
          span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message });
        }
      }
    } finally {
      // A span that takes no attribute is to be seen all the same.
      span.end();
    }
  }

  private finishMetrics(all: Attributes): void {
    const { settings, request, instruments } = this;
    if (instruments !== undefined) {
      const attributes = filterAttributes(settings, request, all);
      instruments.duration.record((performance.now() - this.startTime) / 1_000, attributes, this.context);
      this.requests?.end(attributes);
      this.responses?.end(attributes);
    }
  }

  private messageRecorder(direction: "request" | "response"): MessageRecorder {
    const { settings, request, span, context, instruments } = this;
    return new MessageRecorder({
      span,
      context,
      options: settings.options,
      schema: direction === "request" ? request.method.input : request.method.output,
      sent: (direction === "request") === (settings.side === "client"),
      instruments: direction === "request" ? instruments?.requests : instruments?.responses,
      attributes: filterAttributes(settings, request, this.description.metricAttributes),
    });
  }
}

/** What the span says when whoever reads the response stops before its end. */
const leftEarly = {
  client: "the response was not read to its end",
  server: "the caller did not read the response",
} as const;
