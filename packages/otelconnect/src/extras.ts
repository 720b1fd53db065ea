import type { Attributes, Context, Span, Tracer } from "@opentelemetry/api";
import { isSpanContextValid, trace } from "@opentelemetry/api";
import type { Outcome } from "./call-record.ts";
import type { CallView } from "./call-view.ts";
import { report } from "./diagnostics.ts";
import type { CapturedHeader } from "./header-capture.ts";
import { capturedHeaders, captureHeaders } from "./header-capture.ts";
import type { Instruments } from "./instruments.ts";
import { createInstrumentSource } from "./instruments.ts";
import { Measurement } from "./measurement.ts";
import type { CallMessages } from "./messages.ts";
import { MessageRecorder } from "./messages.ts";
import {
  baggageAttributes,
  filterAttributes,
  ownAttributes,
  passesFilter,
  spanNameOf,
  streamTracingOf,
} from "./option-answers.ts";
import type { Options, Request } from "./options.ts";
import type { RequestDescription } from "./request.ts";
import { nothing } from "./request.ts";
import { ATTR_RPC_REQUEST_HEADER, ATTR_RPC_RESPONSE_HEADER } from "./semconv.ts";
import type { Extras, Parentage } from "./settings.ts";
import { scope } from "./settings.ts";
import type { Side } from "./status.ts";

/** What all options add to a call: its metrics, its messages, and more or fewer attributes. */
export class OptionExtras implements Extras {
  private readonly side: Side;
  private readonly options: Options;
  /** The instruments to use right now; undefined while nobody measures. */
  private readonly instruments: () => Instruments | undefined;
  private readonly requestHeaders: readonly CapturedHeader[];
  private readonly responseHeaders: readonly CapturedHeader[];

  /** @param options They were checked. */
  constructor(side: Side, options: Options) {
    const { meterProvider, messageMetrics = false, requestHeaders, responseHeaders } = options;
    this.side = side;
    this.options = options;
    this.instruments = createInstrumentSource(side, meterProvider, messageMetrics, scope);
    this.requestHeaders = capturedHeaders(requestHeaders, ATTR_RPC_REQUEST_HEADER);
    this.responseHeaders = capturedHeaders(responseHeaders, ATTR_RPC_RESPONSE_HEADER);
  }

  passes(request: Request): boolean {
    return passesFilter(this.options, request);
  }

  startSpan(
    tracer: Tracer,
    request: Request,
    description: RequestDescription,
    { context, untrusted }: Parentage,
  ): Span | undefined {
    const { options } = this;
    const tracing = streamTracingOf(options, request);
    if (tracing === "none") {
      return undefined;
    }
    const parent = tracing === "link" ? trace.getSpanContext(context) : undefined;
    const link = parent !== undefined && isSpanContextValid(parent) ? { context: parent } : untrusted;
    const name = spanNameOf(options, request, description.method);
    const attributes = this.startAttributes(request, description.attributes, context);
    if (attributes === description.attributes && link === undefined) {
      return tracer.startSpan(name, description.spanOptions, context);
    }
    const started = { ...description.spanOptions, attributes };
    return tracer.startSpan(
      name,
      link === undefined ? started : { ...started, root: true, links: [link] },
      context,
    );
  }

  measure(): Measurement | undefined {
    const instruments = this.instruments();
    return instruments === undefined ? undefined : new Measurement(instruments);
  }

  recordMessages(call: CallView): CallMessages | undefined {
    const { span, measurement } = call.record;
    // Messages are counted only where somebody records them, which is not everybody who records the call.
    if (
      !(span.isRecording() && this.options.messageEvents) &&
      measurement?.instruments.requests === undefined
    ) {
      return undefined;
    }
    const messages = {
      requests: this.messageRecorder(call, "request"),
      responses: this.messageRecorder(call, "response"),
    };
    if (measurement !== undefined) {
      measurement.requests = messages.requests.tally;
      measurement.responses = messages.responses.tally;
    }
    return messages;
  }

  outcome(
    call: CallView,
    ended: Attributes,
    error: string | undefined,
    metadata: Headers | undefined,
    asksUser: boolean,
  ): Outcome {
    const { record } = call;
    try {
      return {
        spanAttributes: record.span.isRecording()
          ? this.endAttributes(call, ended, metadata, asksUser)
          : nothing,
        metricAttributes:
          record.measurement === undefined ? nothing : this.metricAttributes(call, ended, asksUser),
        error,
      };
    } catch (reason) {
      report("recording the end of a call", reason);
      return { spanAttributes: nothing, metricAttributes: nothing, error };
    }
  }

  private endAttributes(
    { request, response }: CallView,
    ended: Attributes,
    metadata: Headers | undefined,
    asksUser: boolean,
  ): Attributes {
    const { options, responseHeaders } = this;
    const all =
      responseHeaders.length === 0 && options.attributes === undefined
        ? ended
        : {
            ...(asksUser ? ownAttributes(options, "attributes", request, response) : nothing),
            ...ended,
            ...captureHeaders(responseHeaders, response?.header),
            ...captureHeaders(responseHeaders, metadata),
          };
    return all === nothing ? nothing : filterAttributes(options, request, all);
  }

  private metricAttributes(
    { request, response, description }: CallView,
    ended: Attributes,
    asksUser: boolean,
  ): Attributes {
    const { options } = this;
    const measured =
      ended === description.success
        ? description.successMetricAttributes
        : { ...description.metricAttributes, ...ended };
    const all =
      options.metricAttributes !== undefined && asksUser
        ? { ...ownAttributes(options, "metricAttributes", request, response), ...measured }
        : measured;
    return filterAttributes(options, request, all);
  }

  private startAttributes(request: Request, attributes: Attributes, context: Context): Attributes {
    const { options, requestHeaders } = this;
    const all =
      requestHeaders.length === 0 && options.baggage === undefined
        ? attributes
        : {
            ...baggageAttributes(options, context),
            ...attributes,
            ...captureHeaders(requestHeaders, request.header),
          };
    return filterAttributes(options, request, all);
  }

  private messageRecorder(call: CallView, direction: "request" | "response"): MessageRecorder {
    const { request, description, record } = call;
    const instruments = record.measurement?.instruments;
    return new MessageRecorder({
      call,
      options: this.options,
      schema: direction === "request" ? request.method.input : request.method.output,
      sent: (direction === "request") === (this.side === "client"),
      instruments: direction === "request" ? instruments?.requests : instruments?.responses,
      attributes: filterAttributes(this.options, request, description.metricAttributes),
    });
  }
}
