import { setTimeout as delay } from "node:timers/promises";
import type { ServiceImpl } from "@connectrpc/connect";
import type { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";
import { trace } from "@opentelemetry/api";

/** Books a point in the big book, which is slow. */
async function bookPoint(drink: string): Promise<void> {
  trace.getActiveSpan()?.addEvent("point booked", { "cafe.drink.name": drink });
  await delay(150);
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
