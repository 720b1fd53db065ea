// Points for what guests order, booked by the loyalty programme of another company. There is nothing to change here.
import type { ServiceImpl } from "@connectrpc/connect";
import type { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";
import type { Context } from "@opentelemetry/api";
import { context as contexts, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";

const tracer = trace.getTracer("cafe.loyalty");

/**
 * A café that books points for each order.
 *
 * @param outside Where calls to others go: the outbound port of the gateway's sidecar.
 */
export function withPoints(
  cafe: ServiceImpl<typeof CafeService>,
  outside: string,
): ServiceImpl<typeof CafeService> {
  return {
    ...cafe,
    orderDrink(request, context) {
      const guest = context.requestHeader.get("x-guest");
      return contexts.with(withGuest(contexts.active(), guest), async () => {
        const answer = await cafe.orderDrink(request, context);
        await bookPoints(outside, request.name);
        return answer;
      });
    },
  };
}

/** Puts the guest's name into the baggage: the kitchen writes it on the cup. */
function withGuest(context: Context, guest: string | null): Context {
  if (guest === null) return context;
  const baggage = propagation.getBaggage(context) ?? propagation.createBaggage();
  return propagation.setBaggage(context, baggage.setEntry("guest.name", { value: guest }));
}

/** Books the points of an order. When that fails, its span says so, and the guest gets the drink all the same. */
function bookPoints(outside: string, drink: string): Promise<void> {
  return tracer.startActiveSpan("POST /loyalty/points", { kind: SpanKind.CLIENT }, async (span) => {
    try {
      const headers: Record<string, string> = { "content-type": "application/json" };
      propagation.inject(contexts.active(), headers);
      const url = new URL("/loyalty/points", outside);
      const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ drink }) });
      await response.text();
      span.setAttribute("http.response.status_code", response.status);
      if (!response.ok) span.setStatus({ code: SpanStatusCode.ERROR });
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
    } finally {
      span.end();
    }
  });
}
