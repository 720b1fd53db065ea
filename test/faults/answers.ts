import { inspect, isDeepStrictEqual } from "node:util";
import { Code } from "@connectrpc/connect";
import { drinks } from "@envoy-mesh-lab/backend";
import type { CallRequest } from "@envoy-mesh-lab/load";
import { codeName } from "@envoy-mesh-lab/load";

/** The code that a call was asked to end with. */
export function askedCode({ backend }: Pick<CallRequest, "backend">): string {
  return backend.fail === undefined ? "ok" : codeName(backend.fail);
}

/**
 * What is wrong with an answer; undefined when nothing is. Whoever ends as it was asked to brings all the right messages;
 * a call that was broken off brings the first of them, and never another one.
 */
export function whatIsWrong(
  request: CallRequest,
  { code, responses }: { readonly code: string; readonly responses: readonly unknown[] },
): string | undefined {
  const right = rightAnswers(request);
  const isWhole = code === askedCode(request);
  const wanted = isWhole ? right : right.slice(0, responses.length);
  const got = responses.map(plain);
  return isDeepStrictEqual(got, wanted) ? undefined : `answered ${shown(got)} instead of ${shown(wanted)}`;
}

function shown(messages: unknown): string {
  return inspect(messages, { depth: null, breakLength: Number.POSITIVE_INFINITY });
}

/** The messages of the whole answer, as far as the call is not asked to fail before. */
function rightAnswers({ rpc, drink: name, messages, backend }: CallRequest): unknown[] {
  const drink = drinks.find((it) => it.name === name);
  if (drink === undefined) throw new Error(`the menu has no ${name}`);
  const { priceCents } = drink;
  const served = { name, priceCents };
  const sent = backend.fail === undefined ? messages : Math.min(messages, backend.failAfter);
  switch (rpc.method.localName) {
    case "getDrink":
      return backend.fail ? [] : [{ drink: { ...served, ingredients: [...drink.ingredients] } }];
    case "orderDrink":
      return backend.fail ? [] : [{ drink: served }];
    case "watchOrder":
      return Array.from({ length: sent }, (_, i) => ({
        step: i + 1,
        steps: messages,
        description: ["grinding", "heating the water", "brewing", "pouring"][i % 4],
      }));
    case "orderRound":
      return backend.fail
        ? []
        : [{ drinks: Array(messages).fill(served), totalCents: BigInt(messages * priceCents) }];
    case "serveTable":
      return Array.from({ length: sent }, () => ({ drink: served }));
    default:
      throw new Error(`nobody has said what ${rpc.method.name} answers`);
  }
}

/** A message as a plain object: without what protobuf-es adds. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, it]) => (key.startsWith("$") ? [] : [[key, plain(it)]])),
  );
}

/** The code that the load asks some calls to fail with: none that a fault could be the reason of. */
export const ownFailure = Code.FailedPrecondition;
