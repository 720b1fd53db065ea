import type { ServiceImpl } from "@connectrpc/connect";
import type { Conduct } from "@envoy-mesh-lab/chassis";
import { conductOf } from "@envoy-mesh-lab/chassis";
import type { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";
import type { Brew } from "@envoy-mesh-lab/proto/kitchen/v1/kitchen_pb.ts";
import type { Behavior } from "@envoy-mesh-lab/proto/lab/v1/behavior_pb.ts";
import type { Attributes } from "@opentelemetry/api";
import { trace } from "@opentelemetry/api";
import type { KitchenClients } from "./kitchen-client.ts";
import { inherit } from "./kitchen-client.ts";

/**
 * The café: passes each call on to the kitchen with an RPC of the same kind, and behaves as the caller asks.
 * An error of the kitchen goes to the caller as it is, with its code, message and details.
 */
export function createCafe(kitchens: KitchenClients): ServiceImpl<typeof CafeService> {
  return {
    async getDrink(request, context) {
      const conduct = conductOf(request.gateway);
      await conduct.work(context.signal);
      conduct.fail();
      const { recipe } = await kitchens(context).getRecipe(toKitchen(request), inherit(context));
      const { drink: name = "", priceCents = 0, ingredients = [] } = recipe ?? {};
      describeCall(drinkAttributes({ drink: name, priceCents }));
      return { drink: { name, priceCents, ingredients } };
    },

    async orderDrink(request, context) {
      const conduct = conductOf(request.gateway);
      await conduct.work(context.signal);
      conduct.fail();
      const { brew } = await kitchens(context).brewDrink(toKitchen(request), inherit(context));
      describeCall(drinkAttributes(brew));
      return { drink: serve(brew) };
    },

    async *watchOrder(request, context) {
      const conduct = conductOf(request.gateway);
      describeCall({ "cafe.drink.name": request.name });
      conduct.failAfter(0);
      let told = 0;
      for await (const progress of kitchens(context).watchBrew(toKitchen(request), inherit(context))) {
        await conduct.work(context.signal);
        const { step, steps, description } = progress;
        yield { step, steps, description };
        told++;
        conduct.failAfter(told);
      }
    },

    async orderRound(requests, context) {
      const orders = takeOrders(requests, (conduct, taken) => conduct.failAfter(taken));
      const round = await kitchens(context).brewRound(orders.toKitchen, inherit(context));
      describeCall({
        "cafe.round.drinks": round.brews.length,
        "cafe.round.total_cents": Number(round.totalCents),
      });
      await orders.conduct().work(context.signal);
      return { drinks: round.brews.map(serve), totalCents: round.totalCents };
    },

    async *serveTable(requests, context) {
      let served = 0;
      // Each answer comes before the next order is asked for, so here the orders wait for the answers.
      const orders = takeOrders(requests, (conduct) => conduct.failAfter(served));
      for await (const { brew } of kitchens(context).brewToOrder(orders.toKitchen, inherit(context))) {
        await orders.conduct().work(context.signal);
        trace.getActiveSpan()?.addEvent("drink served", drinkAttributes(brew));
        yield { drink: serve(brew) };
        served++;
        orders.conduct().failAfter(served);
      }
    },
  };
}

/** What every request of the café holds. */
interface Order {
  readonly name: string;
  readonly gateway?: Behavior | undefined;
  readonly backend?: Behavior | undefined;
}

/** Turns a request of the café into one of the kitchen. */
function toKitchen(order: Order) {
  return { drink: order.name, ...(order.backend === undefined ? {} : { behavior: order.backend }) };
}

/** Orders on their way from the guests to the kitchen. */
interface Orders {
  /** What the kitchen reads. Takes an order from the guests only when the kitchen wants one. */
  readonly toKitchen: AsyncIterable<ReturnType<typeof toKitchen>>;
  /** How the gateway should behave; known from the first order. */
  readonly conduct: () => Conduct;
}

/**
 * Hands a stream of orders on, one by one.
 *
 * @param check Called with each order and the number of those before it; throws to end the stream.
 */
function takeOrders(
  requests: AsyncIterable<Order>,
  check: (conduct: Conduct, taken: number) => void,
): Orders {
  let conduct: Conduct | undefined;
  async function* handOn() {
    let taken = 0;
    for await (const request of requests) {
      conduct ??= conductOf(request.gateway);
      check(conduct, taken);
      yield toKitchen(request);
      taken++;
    }
    if (conduct !== undefined) {
      check(conduct, taken);
    }
  }
  return { toKitchen: handOn(), conduct: () => conduct ?? conductOf(undefined) };
}

type Priced = Pick<Brew, "drink" | "priceCents">;

function serve(brew: Priced | undefined) {
  return { name: brew?.drink ?? "", priceCents: brew?.priceCents ?? 0 };
}

/** Adds to the span of the call that is being answered. */
function describeCall(attributes: Attributes): void {
  trace.getActiveSpan()?.setAttributes(attributes);
}

function drinkAttributes(brew: Priced | undefined): Attributes {
  return brew === undefined
    ? {}
    : { "cafe.drink.name": brew.drink, "cafe.drink.price_cents": brew.priceCents };
}
