import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import type { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";

/** How long the gateway waits for the kitchen at most, in milliseconds, however long the guest would. */
const patienceMs = 5_000;

/** Has the café give up on the kitchen when its patience ends. */
export function patient(cafe: ServiceImpl<typeof CafeService>): ServiceImpl<typeof CafeService> {
  return {
    ...cafe,
    getDrink: (request, context) => cafe.getDrink(request, hurried(context)),
    orderDrink: (request, context) => cafe.orderDrink(request, hurried(context)),
  };
}

/** The same call, with no more time than the gateway's patience. */
function hurried(context: HandlerContext): HandlerContext {
  const timeoutMs = () => Math.min(context.timeoutMs() ?? patienceMs, patienceMs);
  return Object.assign(Object.create(context) as HandlerContext, { timeoutMs });
}
