import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { createTransports, protocols } from "@envoy-mesh-lab/connections";
import { call } from "../../lab/src/call/call.ts";
import { findRpc } from "../../lab/src/call/rpcs.ts";
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
