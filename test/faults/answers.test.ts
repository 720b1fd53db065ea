import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { findRpc } from "@envoy-mesh-lab/load";
import { whatIsWrong } from "./answers.ts";
import { callMix } from "./mixed-load.ts";

const [{ request }] = callMix();
const ask = (rpc: string, backend = {}) => ({
  ...request,
  rpc: findRpc(rpc, undefined),
  drink: "chai",
  messages: 3,
  backend: { workMs: 0, failAfter: 0, ...backend },
});
const chai = { $typeName: "cafe.v1.ServedDrink", name: "chai", priceCents: 360 };
const steps = ["grinding", "heating the water", "brewing"].map((description, i) => ({
  step: i + 1,
  steps: 3,
  description,
}));

suite("the mixed load", () => {
  test("has every RPC over every protocol, and some of each that are asked to fail", () => {
    const all = callMix().map(({ request: it, protocol }) => `${it.rpc.method.name} ${protocol}`);
    assert.equal(new Set(all).size, 15);
    const failing = callMix().filter(({ request: it }) => it.backend.fail !== undefined);
    assert.equal(new Set(failing.map(({ request: it }) => it.rpc.method.name)).size, 5);
  });
});

suite("answers", () => {
  const right = [
    [ask("OrderDrink"), "ok", [{ drink: chai }]],
    [ask("WatchOrder"), "ok", steps],
    [ask("OrderRound"), "ok", [{ drinks: [chai, chai, chai], totalCents: 1080n }]],
    [ask("ServeTable"), "ok", [{ drink: chai }, { drink: chai }, { drink: chai }]],
    [ask("ServeTable", { fail: 9, failAfter: 1 }), "failed_precondition", [{ drink: chai }]],
    [ask("OrderDrink", { fail: 9 }), "failed_precondition", []],
    // Broken off by a fault.
    [ask("WatchOrder"), "unavailable", steps.slice(0, 2)],
    [ask("OrderDrink"), "unavailable", []],
  ] as const;
  for (const [asked, code, responses] of right) {
    test(`${asked.rpc.method.name} with ${code} and ${responses.length} messages is right`, () => {
      assert.equal(whatIsWrong(asked, { code, responses }), undefined);
    });
  }

  const wrong = {
    "another drink": [ask("OrderDrink"), "ok", [{ drink: { ...chai, name: "tea" } }]],
    "another price": [ask("OrderDrink"), "ok", [{ drink: { ...chai, priceCents: 260 } }]],
    "a message too few": [ask("ServeTable"), "ok", [{ drink: chai }, { drink: chai }]],
    "a message too many": [ask("WatchOrder"), "ok", [...steps, steps[2]]],
    "a step left out": [ask("WatchOrder"), "unavailable", [steps[0], steps[2]]],
    "a wrong sum": [ask("OrderRound"), "ok", [{ drinks: [chai, chai, chai], totalCents: 1079n }]],
    "an answer where it was asked to fail": [ask("OrderDrink", { fail: 9 }), "ok", [{ drink: chai }]],
  } as const;
  for (const [name, [asked, code, responses]] of Object.entries(wrong)) {
    test(`with ${name} are wrong`, () =>
      assert.match(String(whatIsWrong(asked, { code, responses })), /instead of/));
  }
});
