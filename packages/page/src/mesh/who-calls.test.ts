import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { plainCall, protocols, rpcs } from "./command-line.ts";
import { whoCalls } from "./who-calls.ts";

suite("who makes the calls of the form", () => {
  test("is the browser, for what a browser can call", () => {
    const can = rpcs.flatMap((rpc) =>
      protocols
        .filter((protocol) => whoCalls({ ...plainCall, rpc, protocol }).who === "browser")
        .map((protocol) => `${rpc} ${protocol}`),
    );
    assert.deepEqual(can, [
      ...["OrderDrink connect", "OrderDrink grpc-web", "GetDrink connect", "GetDrink grpc-web"],
      ...["WatchOrder connect", "WatchOrder grpc-web"],
    ]);
  });

  test("is the server at a rate and for many, and it says why", () => {
    for (const change of [{ rate: 1 }, { number: 101 }]) {
      const it = whoCalls({ ...plainCall, ...change });
      assert.ok(it.who === "server" && it.why !== "");
    }
    assert.equal(whoCalls({ ...plainCall, number: 100 }).who, "browser");
  });
});
