import type { StreamRequest, StreamResponse, UnaryRequest, UnaryResponse } from "@connectrpc/connect";
import type {
  Attributes,
  AttributeValue,
  MeterProvider,
  TextMapPropagator,
  TracerProvider,
} from "@opentelemetry/api";

/** A request as interceptors see it. */
export type Request = UnaryRequest | StreamRequest;

/** A response as interceptors see it. */
export type Response = UnaryResponse | StreamResponse;

/**
 * How a stream is traced: by one span as long as it lasts, below its caller's ("span"); by such a span in a trace of its
 * own, which has a link to its caller's ("link"); or by none, while the caller's context goes on ("none").
 */
export type StreamTracing = "span" | "link" | "none";

/** A message that may become an event of its call's span. */
export interface MessageOfCall {
  readonly request: Request;
  readonly message: AnyMessage;
  /** Which way it went, as this side sees it. */
  readonly type: "SENT" | "RECEIVED";
  /** The number of the message, from 1, counted each way. */
  readonly id: number;
}

/** Describes the type of a message; `DescMessage` of `@bufbuild/protobuf`. */
export type MessageSchema = UnaryRequest["method"]["input"];

/** A message of any type; `Message` of `@bufbuild/protobuf`. */
export type AnyMessage = UnaryRequest["message"];

/**
 * The options of both interceptors. Every option may be left out; one that is wrong, or unknown, is thrown
 * back as a `TypeError` that names it, where the interceptor is made.
 *
 * A function among the options that throws does not harm the call: what it said is replaced by the safe
 * answer given with each, and the error goes to OpenTelemetry's diagnostic logger.
 */
export interface Options {
  /**
   * Where spans are made. Default: the global provider, looked up with each call, so that it does not matter
   * whether the SDK or the interceptor is set up first.
   */
  readonly tracerProvider?: TracerProvider | undefined;

  /** Where metrics are recorded. Default: the global provider, looked up with each call, for the same reason. */
  readonly meterProvider?: MeterProvider | undefined;

  /**
   * What reads and writes the headers that carry a trace. Default: the global propagator, because all parts of
   * a process must agree on it. `createTraceContextPropagator` makes one that keeps W3C Trace Context to the letter.
   */
  readonly propagator?: TextMapPropagator | undefined;

  /**
   * Which calls are instrumented: those for which this returns true. A call that is left out has no span and
   * no metrics, and its headers are neither read nor written. Default: every call, because a gap in a trace is
   * worse than a span too many. Where it throws, the call is instrumented.
   */
  readonly filter?: ((request: Request) => boolean) | undefined;

  /**
   * Which attributes are kept, on spans and on metrics: those for which this returns true. Samplers see what is
   * left. Default: all, because there are few and none holds what a message says. Where it throws, the
   * attribute is left out.
   */
  readonly attributeFilter?: ((key: string, value: AttributeValue, request: Request) => boolean) | undefined;

  /**
   * Adds attributes of one's own to the span when the call ends. The response is undefined where the call ended before
   * there was one; the message of a unary response is in it, and of a stream the header and the trailer. Default: none.
   *
   * At most 32 are taken, text is cut to a kilobyte, and `attributeFilter` is asked of each. They stay out of
   * metrics, which have `metricAttributes`. What it returns is read at once, so a promise says nothing. It is not asked when
   * a reader has just let go of a stream. Where it throws, nothing is added.
   */
  readonly attributes?: ((request: Request, response: Response | undefined) => Attributes) | undefined;

  /**
   * Adds attributes of one's own to the metrics of the call when it ends: few, each of few values, as each combination of
   * values makes a time series. Default: none. What a handler knows gets there by the context values of its request. Limits
   * are those of `attributes`, and so are the times when it is not asked. Where it throws, nothing is added.
   */
  readonly metricAttributes?: ((request: Request, response: Response | undefined) => Attributes) | undefined;

  /**
   * Keys of the baggage that become attributes of the span, by the same names, at its start, so that samplers see them.
   * Default: none, because baggage comes from whoever is up the line and may hold what must not be stored. Values are cut
   * to a kilobyte; they stay out of metrics. A server that does not trust the caller has not taken over the baggage.
   *
   * The names are those that OpenTelemetry's `BaggageSpanProcessor` gives, which does so for all spans.
   */
  readonly baggage?: readonly string[] | undefined;

  /**
   * How streams are traced. Default: "span", as the conventions say. For streams that live for hours that is a span that
   * is exported when the stream ends, if ever, and the streams that a client opens again and again all hang below the span
   * it started with (https://github.com/open-telemetry/semantic-conventions/issues/3703): "link" ends the second, "none"
   * both. Metrics and headers go on with each. A function decides for each stream; where it throws, it has a span.
   */
  readonly stream?: StreamTracing | ((request: Request) => StreamTracing) | undefined;

  /**
   * Names of the request headers that become the attributes `rpc.request.header.<name>`. Default: none, because
   * headers may hold what must not be stored. Headers that are known to carry secrets, such as `authorization`
   * and `cookie`, are refused.
   *
   * On the client these are the headers as they are when the interceptor runs; one that a later interceptor or
   * the transport adds is not seen.
   */
  readonly requestHeaders?: readonly string[] | undefined;

  /** The same for headers of the response, as `rpc.response.header.<name>`. Of an error: for its metadata. */
  readonly responseHeaders?: readonly string[] | undefined;

  /**
   * Names the span of a call. Default: the fully qualified method, as the conventions want it: few distinct
   * values. Where it throws or returns no text, the default is used.
   */
  readonly spanName?: ((request: Request) => string) | undefined;

  /**
   * Whether each message becomes an event `rpc.message` on the span, or which: those for which a function returns true.
   * Default: false, because a long stream would fill the span (SDKs keep 128 events) and because the conventions are about
   * to drop these events. Where it throws, there is no event.
   */
  readonly messageEvents?: boolean | ((message: MessageOfCall) => boolean) | undefined;

  /**
   * Whether the messages of each call are counted in metrics, `rpc.<side>.requests_per_rpc` and
   * `rpc.<side>.responses_per_rpc`. Default: false, because the conventions no longer ask for them.
   */
  readonly messageMetrics?: boolean | undefined;

  /**
   * Measures messages in bytes, for `messageEvents` and `messageMetrics`, which then also has
   * `rpc.<side>.request.size` and `rpc.<side>.response.size`. Default: sizes are not recorded, because an
   * interceptor sees messages rather than bytes, so that each has to be serialized once more to be measured:
   * `(schema, message) => toBinary(schema, message).byteLength`. Where it throws, that size is not recorded.
   */
  readonly messageSize?: ((schema: MessageSchema, message: AnyMessage) => number) | undefined;
}

/** The options of a client's interceptor. */
export type ClientOptions = Options;

/** The options of a server's interceptor. */
export interface ServerOptions extends Options {
  /**
   * Whose trace context to believe: everybody's (true), nobody's (false), or that of the requests for which a
   * function returns true. A call that is not trusted starts a new trace, with a link to the span that the
   * caller named, and does not take over the caller's baggage.
   *
   * Default: true, as in all OpenTelemetry instrumentations of JavaScript, because most servers are called by
   * their own clients and proxies, and a trace should cross them. On the public edge set it to false: a
   * stranger could otherwise choose the ids of your traces, have everything sampled, and write your baggage.
   * Where the function throws, the request is not trusted.
   */
  readonly trustRemote?: boolean | ((request: Request) => boolean) | undefined;

  /**
   * Whether the answer tells the caller which trace its call belongs to, in a header `traceresponse` as W3C Trace Context
   * Level 3 drafts it (https://w3c.github.io/trace-context/#traceresponse-header). Of an error that comes before the
   * response, it is in the metadata. Default: false, because response headers are the app's, and a stranger need not know
   * the ids of your traces.
   */
  readonly traceResponse?: boolean | undefined;
}
