import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { createTransports, protocols } from "@envoy-mesh-lab/connections";
import { call, findRpc } from "@envoy-mesh-lab/load";
import { aRequest, edgeUrl } from "./mesh.ts";

// The services read messages of up to 4 MiB.
const tooLong = "x".repeat(5 * 1024 * 1024);

for (const protocol of protocols) {
  suite(`a message that is too large, over ${protocol}`, () => {
    for (const name of ["OrderDrink", "WatchOrder", "OrderRound", "ServeTable"]) {
      test(`${name} ends with resource_exhausted, and the next call is served`, async () => {
        const transports = createTransports({ url: edgeUrl });
        try {
          const rpc = findRpc(name, undefined);
          const refused = await call(transports[protocol], aRequest({ rpc, drink: tooLong, messages: 1 }));
          assert.equal(refused.code, "resource_exhausted", refused.message);
          const next = await call(transports[protocol], aRequest({ rpc }));
          assert.equal(next.code, "ok", next.message);
        } finally {
          transports.close();
        }
      });
    }
  });
}

// Twice the size of the one above, over and over: whether the answer reaches the client is then a matter of timing.
test("a message that is far too large on a gRPC stream never leaves the caller waiting", async () => {
  for (let i = 0; i < 20; i++) {
    const transports = createTransports({ url: edgeUrl });
    try {
      const rpc = findRpc("ServeTable", undefined);
      const drink = `${tooLong}${tooLong}`;
      const refused = await call(transports.grpc, aRequest({ rpc, drink, messages: 1 }));
      assert.equal(refused.code, "resource_exhausted", refused.message);
    } finally {
      transports.close();
    }
  }
});

test("a unary request that is too large for the edge's memory is refused by the edge", async () => {
  const body = JSON.stringify({ name: `${tooLong}${tooLong}` });
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${edgeUrl}/cafe.v1.CafeService/OrderDrink`, {
    method: "POST",
    headers,
    body,
  });
  assert.equal(response.status, 413);
});
