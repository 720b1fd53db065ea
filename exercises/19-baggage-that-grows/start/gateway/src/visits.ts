import type { Interceptor, ServiceImpl } from "@connectrpc/connect";
import type { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";
import { context as contexts, createContextKey } from "@opentelemetry/api";

/** The receipts of each guest's orders, the oldest first. */
const receipts = new Map<string, string[]>();

/** Under this key the context of an order knows its guest. */
const guestKey = createContextKey("guest");

/** A café that keeps the receipts of its guests' orders. */
export function withVisits(cafe: ServiceImpl<typeof CafeService>): ServiceImpl<typeof CafeService> {
  return {
    ...cafe,
    orderDrink(request, context) {
      const guest = context.requestHeader.get("x-guest");
      if (guest === null) return cafe.orderDrink(request, context);
      return contexts.with(contexts.active().setValue(guestKey, guest), async () => {
        const answer = await cafe.orderDrink(request, context);
        receipts.set(guest, [...(receipts.get(guest) ?? []), receiptOf(request.name)]);
        return answer;
      });
    },
  };
}

/** Sends what a guest ordered before with each order, as baggage: the kitchen writes the last three drinks on the cup. */
export const sendVisits: Interceptor = (next) => (request) => {
  const guest = contexts.active().getValue(guestKey);
  const visits = typeof guest === "string" ? (receipts.get(guest) ?? []) : [];
  // By hand, because `propagation.inject` leaves out what goes beyond 8192 bytes, and then the last visits were missing.
  const entries = visits.map((it, i) => `visit.${i + 1}=${encodeURIComponent(it)}`);
  const others = request.header.get("baggage");
  if (others !== null) entries.push(others);
  if (entries.length > 0) request.header.set("baggage", entries.join(","));
  return next(request);
};

/** The receipt of an order, as it is printed: the first line is the drink. */
function receiptOf(drink: string): string {
  return `${drink}

                          )     )     )
                         (     (     (
                      .------------------.
                      |                  |---.
                      |   C  A  F  É     |   |
                      |                  |   |
                      |   at the corner  |---'
                       \\                /
                        '--------------'
                    ------------------------

              Thank you for your visit! Please keep this
              receipt for your records. Goods may be ex-
              changed within fourteen days (coffee not).
              Open from seven to seven, Sundays from nine.

                   the tenth drink is on the house,
                     and the eleventh is not

              Grounds for roses are free: ask, and bring
              a bag that does not leak. Lost umbrellas
              are kept for a year, after which all of us
              have a new umbrella.`;
}
