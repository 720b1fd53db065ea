import { setTimeout as delay } from "node:timers/promises";
import type { Interceptor } from "@connectrpc/connect";

/** How long the loyalty programme takes to say how many points an order has, in milliseconds. */
const loyaltyMs = 2;

/** Asks the loyalty programme before each call to the kitchen. */
export const askLoyalty: Interceptor = (next) => async (request) => {
  await delay(loyaltyMs);
  return next(request);
};

/** Headers that are about guests and are none of the kitchen's business. */
const ofGuests = /^x-guest-/;

/** Keeps what is known of guests from the kitchen. */
export const keepGuestsPrivate: Interceptor = (next) => (request) => {
  for (const name of [...request.header.keys()]) {
    if (ofGuests.test(name)) request.header.delete(name);
  }
  return next(request);
};
