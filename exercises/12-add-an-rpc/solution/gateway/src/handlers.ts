import type { Client, HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { createCafe, inherit } from "@envoy-mesh-lab/gateway";
import { trace } from "@opentelemetry/api";
import { CafeService } from "../../gen/cafe/v1/cafe_pb.ts";
import { KitchenService } from "../../gen/kitchen/v1/kitchen_pb.ts";

export { CafeService, KitchenService };

/** Finds the client of the kitchen for a call that is being answered. */
type Kitchens = (context: Pick<HandlerContext, "protocolName">) => Client<typeof KitchenService>;

/** What the café does for each RPC of its contract. An RPC that has no handler is answered with UNIMPLEMENTED. */
export function createHandlers(kitchens: Kitchens): Partial<ServiceImpl<typeof CafeService>> {
  return {
    ...createCafe(kitchens),

    async listDrinks(_request, context) {
      const { recipes } = await kitchens(context).listRecipes({}, inherit(context));
      trace.getActiveSpan()?.setAttribute("cafe.menu.drinks", recipes.length);
      return {
        drinks: recipes.map(({ drink, priceCents, ingredients }) => ({
          name: drink,
          priceCents,
          ingredients,
        })),
      };
    },
  };
}
