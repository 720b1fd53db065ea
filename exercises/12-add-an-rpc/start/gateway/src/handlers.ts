import type { Client, HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { createCafe } from "@envoy-mesh-lab/gateway";
import { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";
import { KitchenService } from "@envoy-mesh-lab/proto/kitchen/v1/kitchen_pb.ts";

// The contracts as they were last week: the gateway was not rolled out since.
export { CafeService, KitchenService };

/** Finds the client of the kitchen for a call that is being answered. */
type Kitchens = (context: Pick<HandlerContext, "protocolName">) => Client<typeof KitchenService>;

/** What the café does for each RPC of its contract. An RPC that has no handler is answered with UNIMPLEMENTED. */
export function createHandlers(kitchens: Kitchens): Partial<ServiceImpl<typeof CafeService>> {
  return {
    ...createCafe(kitchens),
  };
}
