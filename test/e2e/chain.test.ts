import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { applyRules, checkTrace, hopName } from "@envoy-mesh-lab/check";
import { protocols } from "@envoy-mesh-lab/connections";
import { call, createTransport, findRpc } from "@envoy-mesh-lab/load";
import type { Origins, SpanNode } from "@envoy-mesh-lab/trace";
import { indexTrace, originsOf, serviceOf, toForest } from "@envoy-mesh-lab/trace";
import { aRequest, edgeUrl, expected, traceOf } from "./mesh.ts";

for (const protocol of protocols) {
  suite(`over ${protocol}`, () => {
    for (const name of ["GetDrink", "OrderDrink", "WatchOrder", "OrderRound", "ServeTable"]) {
      test(`${name}: one trace, one root, every proxy between the applications`, async () => {
        const rpc = findRpc(name, undefined);
        const result = await call(createTransport(protocol, edgeUrl), aRequest({ rpc, messages: 3 }));
        assert.equal(result.code, "ok", result.message);
        assert.equal(result.responses.length, rpc.kind === "server" || rpc.kind === "bidi" ? 3 : 1);

        const trace = await traceOf(result);
        const { roots, orphans } = toForest(trace);
        const origins = originsOf(trace);
        const chain = chainOf(roots[0], origins);
        assert.equal(roots.length, 1, "one root");
        assert.equal(orphans.length, 0, "no missing parent");
        assert.deepEqual(
          chain.map((it) => hopName(it)),
          expected.hops.map((it) => hopName(it)),
        );
        assert.deepEqual(
          chain.map((it) => it.role),
          expected.hops.map((it) => it.role),
        );
        assert.deepEqual(checkTrace(trace, expected), []);
        assert.deepEqual(applyRules(indexTrace(trace)), [], "no rule finds anything");
        assert.deepEqual(
          trace.spans
            .filter((it) => origins(it).role === "app")
            .map((it) => it.attributes["rpc.system.name"]),
          Array(3).fill(protocol === "connect" ? "connectrpc" : "grpc"),
          "the gateway keeps the caller's protocol",
        );
      });
    }
  });
}

/** The spans from the root down, as hops; fails where a span has two children. */
function chainOf(root: SpanNode | undefined, origins: Origins) {
  const chain = [];
  for (let node = root; node !== undefined; node = node.children[0]) {
    assert.ok(node.children.length <= 1, `${node.span.name} has one child at most`);
    const { direction, role } = origins(node.span);
    const kind = node.span.kind as "server" | "client";
    chain.push({
      service: serviceOf(node.span),
      ...(direction ? { direction } : {}),
      kind,
      role,
    });
  }
  return chain;
}
