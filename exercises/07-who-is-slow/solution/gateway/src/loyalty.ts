import type { ServiceImpl } from "@connectrpc/connect";
import type { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";
import { trace } from "@opentelemetry/api";

/** Books a point in the big book, which is slow. The book reports no spans, but is told whose point it is. */
async function bookPoint(drink: string): Promise<void> {
  const span = trace.getActiveSpan();
  span?.addEvent("point booked", { "cafe.drink.name": drink });
  const { traceId, spanId } = span?.spanContext() ?? {};
  const headers = { traceparent: `00-${traceId}-${spanId}-01`, "x-drink": drink };
  const answer = await fetch(`${process.env.BIG_BOOK_URL}/points`, { method: "POST", headers });
  await answer.body?.cancel();
}

/** The café, with a point for every drink that is ordered. */
export function withPoints(cafe: ServiceImpl<typeof CafeService>): ServiceImpl<typeof CafeService> {
  return {
    ...cafe,
    async orderDrink(request, context) {
      const answer = await cafe.orderDrink(request, context);
      // The guest has no reason to wait for the book.
      bookPoint(request.name).catch((error: unknown) => console.error("a point was not booked", error));
      return answer;
    },
  };
}
