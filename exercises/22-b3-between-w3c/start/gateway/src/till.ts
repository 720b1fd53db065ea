// Has each order charged by the till in the back office. There is nothing to change here.
import type { ServiceImpl } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import type { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";
import {
  context as contexts,
  defaultTextMapSetter,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { toTill } from "./propagation.ts";

const tracer = trace.getTracer("cafe.till");

/** A café that charges what is ordered, and says the price that was charged. */
export function charging(cafe: ServiceImpl<typeof CafeService>): ServiceImpl<typeof CafeService> {
  return {
    ...cafe,
    async orderDrink(request, context) {
      const { drink } = await cafe.orderDrink(request, context);
      const { chargedCents } = await charge(request.name);
      return { drink: { ...drink, priceCents: chargedCents } };
    },
  };
}

function charge(drink: string): Promise<{ chargedCents: number }> {
  return tracer.startActiveSpan("POST /charges", { kind: SpanKind.CLIENT }, async (span) => {
    try {
      const headers: Record<string, string> = { "content-type": "application/json" };
      toTill.inject(contexts.active(), headers, defaultTextMapSetter);
      const url = new URL("/charges", process.env.TILL_URL);
      const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ drink }) });
      const answer = await response.text();
      if (!response.ok) throw new ConnectError(`the till says ${answer}`, Code.Unavailable);
      return JSON.parse(answer) as { chargedCents: number };
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}
