import type { ServiceImpl } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Conduct } from "@envoy-mesh-lab/chassis";
import { conductOf } from "@envoy-mesh-lab/chassis";
import type { KitchenService } from "@envoy-mesh-lab/proto/kitchen/v1/kitchen_pb.ts";
import { trace } from "@opentelemetry/api";
import type { Drink } from "./menu.ts";
import { findDrink } from "./menu.ts";

/** What the kitchen does while it brews, one after the other, over and over. */
const steps = ["grinding", "heating the water", "brewing", "pouring"];

/** The kitchen: brews what is ordered, and behaves as the caller asks. */
export const kitchen: ServiceImpl<typeof KitchenService> = {
  async getRecipe(request, context) {
    const conduct = conductOf(request.behavior);
    const drink = findDrink(request.drink);
    tell(drink);
    await conduct.work(context.signal);
    conduct.fail();
    return {
      recipe: { drink: drink.name, ingredients: [...drink.ingredients], priceCents: drink.priceCents },
    };
  },

  async brewDrink(request, context) {
    const conduct = conductOf(request.behavior);
    const drink = findDrink(request.drink);
    tell(drink);
    await conduct.work(context.signal);
    conduct.fail();
    return { brew: brewOf(drink) };
  },

  async *watchBrew(request, context) {
    const conduct = conductOf(request.behavior);
    tell(findDrink(request.drink));
    for (let step = 1; step <= conduct.messageCount; step++) {
      conduct.failAfter(step - 1);
      await conduct.work(context.signal);
      yield { step, steps: conduct.messageCount, description: steps[(step - 1) % steps.length] ?? "" };
    }
    conduct.failAfter(conduct.messageCount);
  },

  async brewRound(requests, context) {
    let conduct: Conduct | undefined;
    const brews: ReturnType<typeof brewOf>[] = [];
    for await (const request of requests) {
      conduct ??= conductOf(request.behavior);
      conduct.failAfter(brews.length);
      brews.push(brewOf(findDrink(request.drink)));
    }
    if (conduct === undefined) {
      throw new ConnectError("the round is empty; order at least one drink", Code.InvalidArgument);
    }
    conduct.failAfter(brews.length);
    const totalCents = brews.reduce((sum, brew) => sum + brew.priceCents, 0);
    trace.getActiveSpan()?.setAttributes({
      "cafe.round.drinks": brews.length,
      "cafe.round.total_cents": totalCents,
    });
    await conduct.work(context.signal);
    return { brews, totalCents: BigInt(totalCents) };
  },

  async *brewToOrder(requests, context) {
    let conduct: Conduct | undefined;
    let served = 0;
    for await (const request of requests) {
      conduct ??= conductOf(request.behavior);
      conduct.failAfter(served);
      const drink = findDrink(request.drink);
      await conduct.work(context.signal);
      trace.getActiveSpan()?.addEvent("drink brewed", attributesOf(drink));
      yield { brew: brewOf(drink) };
      served++;
    }
    conduct?.failAfter(served);
  },
};

function brewOf(drink: Drink) {
  return { drink: drink.name, priceCents: drink.priceCents };
}

/** Puts the drink on the span of the call. */
function tell(drink: Drink): void {
  trace.getActiveSpan()?.setAttributes(attributesOf(drink));
}

function attributesOf(drink: Drink) {
  return { "cafe.drink.name": drink.name, "cafe.drink.price_cents": drink.priceCents };
}
