import type { StreamRequest, UnaryRequest } from "@connectrpc/connect";
import type { AttributeValue, MeterProvider, TextMapPropagator, TracerProvider } from "@opentelemetry/api";

/** A request as interceptors see it. */
export type Request = UnaryRequest | StreamRequest;

/** Describes the type of a message; `DescMessage` of `@bufbuild/protobuf`. */
export type MessageSchema = UnaryRequest["method"]["input"];

/** A message of any type; `Message` of `@bufbuild/protobuf`. */
export type AnyMessage = UnaryRequest["message"];

/**
 * What both interceptors can be told. Every option may be left out; one that is wrong, or unknown, is thrown
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
   * Whether each message becomes an event `rpc.message` on the span. Default: false, because a long stream would
   * fill the span (SDKs keep 128 events) and because the conventions are about to drop these events.
   */
  readonly messageEvents?: boolean | undefined;

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

/** What a client's interceptor can be told. */
export type ClientOptions = Options;

/** What a server's interceptor can be told. */
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
}
