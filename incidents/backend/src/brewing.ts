import { setTimeout as delay } from "node:timers/promises";
import type { ServiceImpl } from "@connectrpc/connect";
import type { KitchenService } from "@envoy-mesh-lab/proto/kitchen/v1/kitchen_pb.ts";

/** How many machines brew at a time, and how long each is rinsed after a drink, in milliseconds. */
const machines = 12;
const rinseMs = 250;

/** How many orders are kept for the books until they are printed. */
const shelf = 100_000;

/** How much the scale can weigh, in grams. */
const scaleGrams = 5_000;

/** What is weighed for each drink, in grams. */
const grams: Readonly<Record<string, readonly number[]>> = {
  espresso: [18],
  cappuccino: [18, 120],
  "flat white": [18, 150],
  chai: [6, 200],
  tea: [4],
};

const books: { drink: string; grams: number }[] = [];
const waiting: (() => void)[] = [];
let free = machines;

/** Has the kitchen take a machine for each drink, weigh what goes into it, and keep books. */
export function withMachines(
  kitchen: ServiceImpl<typeof KitchenService>,
): ServiceImpl<typeof KitchenService> {
  return {
    ...kitchen,
    brewDrink: async (request, context) => {
      await takeMachine();
      try {
        keep(request.drink, weigh(request.drink));
        return await kitchen.brewDrink(request, context);
      } finally {
        void delay(rinseMs).then(freeMachine);
      }
    },
  };
}

function weigh(drink: string): number {
  const weight = (grams[drink] ?? []).reduce((sum, it) => sum + it, 0);
  if (weight > scaleGrams) throw new Error(`${weight} g of ${drink} are too much for the scale`);
  return weight;
}

function keep(drink: string, weight: number): void {
  books.push({ drink, grams: weight });
  if (books.length > shelf) {
    setImmediate(() => {
      throw new Error(`no room for the order of ${drink}: there are ${shelf} in the books`);
    });
  }
}

async function takeMachine(): Promise<void> {
  if (free > 0) {
    free--;
    return;
  }
  await new Promise<void>((resolve) => waiting.push(resolve));
}

function freeMachine(): void {
  const next = waiting.shift();
  if (next === undefined) free++;
  else next();
}
