import type { Interceptor } from "@connectrpc/connect";
import { createServerInterceptor } from "@envoy-mesh-lab/otelconnect";
import { context, propagation, trace } from "@opentelemetry/api";

const traced = createServerInterceptor();

/** Gives each call that the gateway answers a SERVER span, and says on it what is known of the customer. */
export const serverTracing: Interceptor = (next) =>
  traced((request) => {
    const span = trace.getActiveSpan();
    // The shop's billing reads this attribute.
    const plan = propagation.getBaggage(context.active())?.getEntry("customer.plan")?.value;
    if (plan !== undefined) span?.setAttribute("customer.plan", plan);
    return next(request);
  });
