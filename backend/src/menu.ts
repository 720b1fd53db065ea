import { Code, ConnectError } from "@connectrpc/connect";
import { quote } from "@envoy-mesh-lab/chassis";

/** A drink that the kitchen knows. */
export interface Drink {
  readonly name: string;
  readonly ingredients: readonly string[];
  /** In cents of a euro. */
  readonly priceCents: number;
}

/** All drinks on the menu. */
export const drinks: readonly Drink[] = [
  { name: "espresso", ingredients: ["coffee"], priceCents: 220 },
  { name: "cappuccino", ingredients: ["coffee", "milk", "milk foam"], priceCents: 340 },
  { name: "flat white", ingredients: ["coffee", "milk"], priceCents: 380 },
  { name: "chai", ingredients: ["black tea", "spices", "milk"], priceCents: 360 },
  { name: "tea", ingredients: ["green tea"], priceCents: 260 },
];

const menu = new Map(drinks.map((drink) => [drink.name, drink]));

/**
 * Looks up a drink; upper and lower case are the same.
 *
 * @throws {ConnectError} `invalid_argument` without a name, `not_found` for a drink that is not on the menu.
 */
export function findDrink(name: string): Drink {
  if (name.trim() === "") {
    throw new ConnectError(`no drink was named; there is ${known()}`, Code.InvalidArgument);
  }
  const drink = menu.get(name.trim().toLowerCase());
  if (drink === undefined) {
    throw new ConnectError(`no drink ${quote(name)} on the menu; there is ${known()}`, Code.NotFound);
  }
  return drink;
}

function known(): string {
  return drinks.map((drink) => drink.name).join(", ");
}
