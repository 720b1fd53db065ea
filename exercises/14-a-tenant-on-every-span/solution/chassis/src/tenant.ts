import type { Context } from "@opentelemetry/api";
import { propagation } from "@opentelemetry/api";
import type { Span, SpanProcessor } from "@opentelemetry/sdk-trace";

/** Passed by every span of the gateway and of the backend. */
export const tenantProcessor: SpanProcessor = {
  /** A span begins, and may be given attributes; `parent` is the context that it begins in. */
  onStart(span: Span, parent: Context) {
    // This entry and no other: whoever adds one to the baggage does not think of who reads spans.
    const tenant = propagation.getBaggage(parent)?.getEntry("tenant.id")?.value;
    if (tenant) span.setAttribute("tenant.id", tenant);
  },
  onEnd() {},
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};
