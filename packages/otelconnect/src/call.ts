import type { StreamResponse } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Attributes, Context, Span } from "@opentelemetry/api";
import { context as contexts, INVALID_SPAN_CONTEXT, isSpanContextValid, trace } from "@opentelemetry/api";
import type { Outcome } from "./call-record.ts";
import { CallRecord } from "./call-record.ts";
import type { CallView } from "./call-view.ts";
import type { IterationObserver } from "./iterable.ts";
import type { CallMessages } from "./messages.ts";
import type { Request, Response } from "./options.ts";
import type { Reading } from "./reader-watch.ts";
import { ReaderWatch } from "./reader-watch.ts";
import type { RequestDescription } from "./request.ts";
import { describeRequest, nothing } from "./request.ts";
import { ATTR_ERROR_TYPE, ATTR_RPC_STATUS_CODE } from "./semconv.ts";
import type { Parentage, Settings } from "./settings.ts";
import type { Failure } from "./status.ts";
import { connectErrorFrom, describeFailure } from "./status.ts";

/**
 * One call: its span and its measurements. It ends with whatever ends the call first; what comes later
 * changes nothing.
 *
 * It also ends when the request's signal is aborted: a cancelled call or one past its deadline is over for its
 * caller, even where a handler works on or a stream is never read to its end. As the reader of the response
 * may end it, it is the observer of that iteration.
 */
export class Call implements IterationObserver, CallView {
  /** The context in which the span is active. */
  readonly context: Context;
  /** Whether anybody will see what is recorded. If not, there is nothing to end. */
  readonly recording: boolean;
  /** Whether the call has a span of its own. */
  private readonly hasSpan: boolean;
  /** What records its messages, where somebody does. */
  readonly messages: CallMessages | undefined;
  readonly request: Request;
  readonly description: RequestDescription;
  readonly record: CallRecord;
  private readonly settings: Settings;
  private watch: ReaderWatch | undefined;
  private listening = false;

  constructor(settings: Settings, request: Request, parentage: Parentage) {
    const { side, descriptions, extras } = settings;
    this.settings = settings;
    this.request = request;
    this.description = describeRequest(request, side, descriptions);
    const span = this.startSpan(parentage);
    const isRecording = span.isRecording();
    // A span without an id, as there is one where no SDK is registered, means nothing to the code inside.
    this.hasSpan = isRecording || (span !== noSpan && isSpanContextValid(span.spanContext()));
    this.context = this.hasSpan ? trace.setSpan(parentage.context, span) : parentage.context;
    const measurement = extras?.measure();
    this.record = new CallRecord(span, measurement);
    this.recording = isRecording || measurement !== undefined;
    this.messages = extras?.recordMessages(this);
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
    this.messages?.responses.message(value);
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
    this.watch = new ReaderWatch(this.record, this.outcome(this.leftEarly(), undefined, false), reading);
    return this.watch.attach(response);
  }

  private startSpan(parentage: Parentage): Span {
    const { settings, request, description } = this;
    const { extras } = settings;
    const tracer = settings.tracer();
    return extras === undefined
      ? tracer.startSpan(description.method, description.spanOptions, parentage.context)
      : (extras.startSpan(tracer, request, description, parentage) ?? noSpan);
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

  /** @param asksUser Whether the user may be asked for attributes of their own. Default: yes. */
  private outcome(failure: Failure | undefined, metadata?: Headers, asksUser = true): Outcome {
    const { extras } = this.settings;
    const ended = failure === undefined ? this.description.success : endOf(failure);
    const error = failure?.isError ? failure.message : undefined;
    return extras === undefined
      ? { spanAttributes: ended, metricAttributes: nothing, error }
      : extras.outcome(this, ended, error, metadata, asksUser);
  }
}

function endOf({ statusCode, isError }: Failure): Attributes {
  return isError
    ? { [ATTR_RPC_STATUS_CODE]: statusCode, [ATTR_ERROR_TYPE]: statusCode }
    : { [ATTR_RPC_STATUS_CODE]: statusCode };
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
