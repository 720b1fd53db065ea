import type { StreamResponse } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Attributes, Context, Link, Span, SpanOptions } from "@opentelemetry/api";
import { context as contexts, INVALID_SPAN_CONTEXT, isSpanContextValid, trace } from "@opentelemetry/api";
import type { Outcome } from "./call-record.ts";
import { CallRecord } from "./call-record.ts";
import { report } from "./diagnostics.ts";
import { captureHeaders } from "./header-capture.ts";
import type { IterationObserver } from "./iterable.ts";
import { MessageRecorder } from "./messages.ts";
import type { AnyMessage, Request, Response } from "./options.ts";
import type { Reading } from "./reader-watch.ts";
import { ReaderWatch } from "./reader-watch.ts";
import type { RequestDescription } from "./request.ts";
import { describeRequest, nothing } from "./request.ts";
import { ATTR_ERROR_TYPE, ATTR_RPC_STATUS_CODE } from "./semconv.ts";
import type { Settings } from "./settings.ts";
import {
  baggageAttributes,
  filterAttributes,
  ownAttributes,
  spanNameOf,
  streamTracingOf,
} from "./settings.ts";
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
  /** Whether the call has a span of its own. */
  private readonly hasSpan: boolean;
  readonly requests: MessageRecorder | undefined;
  readonly responses: MessageRecorder | undefined;
  private readonly settings: Settings;
  private readonly request: Request;
  private readonly description: RequestDescription;
  private readonly record: CallRecord;
  private watch: ReaderWatch | undefined;
  private listening = false;

  constructor(settings: Settings, request: Request, parentage: Parentage) {
    const description = describeRequest(request, settings.side, settings.descriptions);
    this.settings = settings;
    this.request = request;
    this.description = description;
    const span = this.startSpan(parentage);
    const isRecording = span.isRecording();
    // A span without an id, as there is one where no SDK is registered, means nothing to the code inside.
    this.hasSpan = isRecording || (span !== noSpan && isSpanContextValid(span.spanContext()));
    this.context = this.hasSpan ? trace.setSpan(parentage.context, span) : parentage.context;
    const instruments = settings.instruments();
    this.record = new CallRecord(span, instruments);
    this.recording = isRecording || instruments !== undefined;
    // Messages are counted only where somebody records them, which is not everybody who records the call.
    if ((isRecording && settings.options.messageEvents) || instruments?.requests !== undefined) {
      this.requests = this.messageRecorder("request");
      this.responses = this.messageRecorder("response");
      this.record.requests = this.requests.tally;
      this.record.responses = this.responses.tally;
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
    this.end(undefined);
  }

  /** The call ended with an error. */
  fail(reason: unknown): void {
    const { side } = this.settings;
    // Connect gives the caller of a client the reason why the signal was aborted, whatever the transport made of it.
    const failure =
      side === "client" && this.request.signal.aborted
        ? describeFailure(this.abortReason(), side, this.description.grpc)
        : describeFailure(reason, side, this.description.grpc);
    this.end(failure, reason instanceof ConnectError ? reason.metadata : undefined);
  }

  /** The response, once it is there. A stream's comes before its messages, so also before an error in them. */
  response: Response | undefined;

  /** The span, for code that is given it; undefined where the call has none of its own. */
  get span(): Span | undefined {
    return this.hasSpan ? this.record.span : undefined;
  }

  message(value: unknown): void {
    this.responses?.message(value as AnyMessage);
  }
  done(): void {
    // From 2.3 on, Connect aborts the call of a reader that leaves, and then reads the stream to the end, which
    // comes at once. Where the signal was aborted for another reason, it gets that as an error.
    if (this.settings.side === "client" && this.request.signal.aborted) {
      this.end(this.leftEarly());
    } else {
      this.succeed();
    }
  }
  failed(reason: unknown): void {
    this.fail(reason);
  }
  abandoned(): void {
    this.end(this.leftEarly());
  }

  /** Listens to the request's signal; by this name it is an event listener without a closure. */
  handleEvent(): void {
    if (this.mayBeLeft()) {
      afterConnect().then(() => this.cancelled());
    } else {
      this.cancelled();
    }
  }

  /** Watches the reader of a client's response; on a server, that is Connect, which reads it or aborts the signal. */
  watchReader(response: StreamResponse, reading: Reading): StreamResponse {
    if (!this.recording || this.settings.side === "server") {
      return response;
    }
    this.watch = new ReaderWatch(this.record, this.outcome(this.leftEarly(), undefined, nothing), reading);
    return this.watch.attach(response);
  }

  private startSpan({ context, untrusted }: Parentage): Span {
    const { settings, request, description } = this;
    const tracing = streamTracingOf(settings, request);
    if (tracing === "none") {
      return noSpan;
    }
    const parent = tracing === "link" ? trace.getSpanContext(context) : undefined;
    const link = parent !== undefined && isSpanContextValid(parent) ? { context: parent } : untrusted;
    const name = spanNameOf(settings, request, description.method);
    return settings.tracer().startSpan(name, this.spanOptions(context, link), context);
  }

  /** @param link Where the call starts a trace of its own, the span that it points to. */
  private spanOptions(context: Context, link: Link | undefined): SpanOptions {
    const { settings, request } = this;
    const { spanOptions, attributes } = this.description;
    const { requestHeaders, options } = settings;
    const all =
      requestHeaders.length === 0 && options.baggage === undefined
        ? attributes
        : {
            ...baggageAttributes(settings, context),
            ...attributes,
            ...captureHeaders(requestHeaders, request.header),
          };
    const kept = filterAttributes(settings, request, all);
    if (kept === attributes && link === undefined) {
      return spanOptions;
    }
    const started = { ...spanOptions, attributes: kept };
    return link === undefined ? started : { ...started, root: true, links: [link] };
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

  /**
   * Whether an aborted signal may mean that the reader of the response left it, on purpose and content. It is then
   * aborted without a reason, as by a caller who gives none.
   */
  private mayBeLeft(): boolean {
    const { reason } = this.request.signal;
    return (
      this.settings.side === "client" &&
      this.response !== undefined &&
      reason instanceof Error &&
      reason.name === "AbortError"
    );
  }

  private cancelled(): void {
    this.end(describeFailure(this.abortReason(), this.settings.side, this.description.grpc));
  }

  private abortReason(): unknown {
    const { reason } = this.request.signal;
    return reason instanceof ConnectError ? reason : connectErrorFrom(reason, Code.Canceled);
  }

  /** A reader that wants no more has not failed, and nor has the call, though its code says how it ended. */
  private leftEarly(): Failure {
    const { side } = this.settings;
    const failure = describeFailure(new ConnectError("", Code.Canceled), side, this.description.grpc);
    return { ...failure, isError: false };
  }

  private end(failure: Failure | undefined, metadata?: Headers): void {
    if (!this.recording || !this.record.close()) {
      return;
    }
    if (this.listening) {
      this.request.signal.removeEventListener("abort", this);
    }
    this.watch?.cancel();
    this.record.finish(this.outcome(failure, metadata), this.context);
  }

  /** @param own What the user adds. Default: what the user says when asked now. */
  private outcome(failure: Failure | undefined, metadata?: Headers, own?: Attributes): Outcome {
    const { settings, request, record, description } = this;
    let ended = description.success;
    let measured = description.successMetricAttributes;
    if (failure !== undefined) {
      const { statusCode, isError } = failure;
      ended = isError
        ? { [ATTR_RPC_STATUS_CODE]: statusCode, [ATTR_ERROR_TYPE]: statusCode }
        : { [ATTR_RPC_STATUS_CODE]: statusCode };
      measured = { ...description.metricAttributes, ...ended };
    }
    const error = failure?.isError ? failure.message : undefined;
    try {
      return {
        spanAttributes: record.span.isRecording() ? this.spanAttributes(ended, metadata, own) : nothing,
        metricAttributes:
          record.instruments === undefined ? nothing : filterAttributes(settings, request, measured),
        error,
      };
    } catch (reason) {
      report("recording the end of a call", reason);
      return { spanAttributes: nothing, metricAttributes: nothing, error };
    }
  }

  private spanAttributes(
    ended: Attributes,
    metadata: Headers | undefined,
    own: Attributes | undefined,
  ): Attributes {
    const { settings, request, response } = this;
    const { responseHeaders, options } = settings;
    const all =
      responseHeaders.length === 0 && options.attributes === undefined
        ? ended
        : {
            ...(own ?? ownAttributes(settings, request, response)),
            ...ended,
            ...captureHeaders(responseHeaders, response?.header),
            ...captureHeaders(responseHeaders, metadata),
          };
    return all === nothing ? nothing : filterAttributes(settings, request, all);
  }

  private messageRecorder(direction: "request" | "response"): MessageRecorder {
    const { settings, request, record, context } = this;
    return new MessageRecorder({
      span: record.span,
      context,
      options: settings.options,
      request,
      schema: direction === "request" ? request.method.input : request.method.output,
      sent: (direction === "request") === (settings.side === "client"),
      instruments: direction === "request" ? record.instruments?.requests : record.instruments?.responses,
      attributes: filterAttributes(settings, request, this.description.metricAttributes),
    });
  }
}

/** Stands for the span of a call that has none. */
const noSpan = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);

/**
 * Waits until Connect has told all interceptors how a call ended, which it does in the promises that follow an abort:
 * a few for each interceptor. It waits for no timer, as the process may have no more to do.
 */
async function afterConnect(): Promise<void> {
  for (let turn = 0; turn < 256; turn++) {
    await undefined;
  }
}
