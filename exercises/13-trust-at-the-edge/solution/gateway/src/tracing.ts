import type { Interceptor } from "@connectrpc/connect";
import { createServerInterceptor } from "@envoy-mesh-lab/otelconnect";
import { context, isSpanContextValid, propagation, ROOT_CONTEXT, trace } from "@opentelemetry/api";

const traced = createServerInterceptor();

/** The span that a caller outside of the mesh named, as the edge handed it on; undefined when it named none. */
function callerOutside(header: Headers) {
  const traceparent = header.get("x-caller-traceparent") ?? "";
  const extracted = propagation.extract(ROOT_CONTEXT, { traceparent });
  const caller = trace.getSpanContext(extracted);
  return caller !== undefined && isSpanContextValid(caller) ? caller : undefined;
}

/** Gives each call that the gateway answers a SERVER span, and says on it what is known of the customer. */
export const serverTracing: Interceptor = (next) =>
  traced((request) => {
    const span = trace.getActiveSpan();
    // The shop's billing reads this attribute.
    const plan = propagation.getBaggage(context.active())?.getEntry("customer.plan")?.value;
    if (plan !== undefined) span?.setAttribute("customer.plan", plan);
    const caller = callerOutside(request.header);
    if (caller !== undefined) span?.addLink({ context: caller });
    return next(request);
  });
