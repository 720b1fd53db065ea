import type { ServiceImpl } from "@connectrpc/connect";
import { kitchen as asInTheLab, drinks } from "@envoy-mesh-lab/backend";
import { trace } from "@opentelemetry/api";
import type { KitchenService } from "../../gen/kitchen/v1/kitchen_pb.ts";

/** How large a drink is, in millilitres. */
const sizes: Readonly<Record<string, number>> = { espresso: 30, cappuccino: 180, "flat white": 160 };
/** How large all others are. */
const usualSize = 250;

/** What the kitchen does for each RPC of its contract. An RPC that has no handler is answered with UNIMPLEMENTED. */
export const kitchen: Partial<ServiceImpl<typeof KitchenService>> = {
  ...asInTheLab,

  async brewDrink(request, context) {
    const { brew } = await asInTheLab.brewDrink(request, context);
    const millilitres = sizes[brew?.drink ?? ""] ?? usualSize;
    trace.getActiveSpan()?.setAttribute("cafe.drink.millilitres", millilitres);
    return { brew: { ...brew, millilitres } };
  },

  listRecipes() {
    trace.getActiveSpan()?.setAttribute("cafe.menu.drinks", drinks.length);
    return {
      recipes: drinks.map(({ name, ingredients, priceCents }) => ({
        drink: name,
        ingredients: [...ingredients],
        priceCents,
      })),
    };
  },
};
