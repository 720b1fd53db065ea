import type { ContextKey } from "@connectrpc/connect";
import type { Span } from "@opentelemetry/api";

/**
 * Where a handler finds the span of its call, without OpenTelemetry's API: `context.values.get(spanKey)`. Default:
 * undefined, where the call is not instrumented or, as a stream, has no span of its own.
 *
 * It is there for interceptors further in too, and in clients it is not. Where the server's adapter is given context values
 * that several calls share, the span is that of the last.
 */
export const spanKey: ContextKey<Span | undefined> = {
  // The same in every copy of this package: what an import sets, code that requires the package is to find.
  id: Symbol.for("@envoy-mesh-lab/otelconnect: the span of the call"),
  defaultValue: undefined,
};
