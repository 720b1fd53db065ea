import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Code } from "@connectrpc/connect";
import { checkTrace } from "@envoy-mesh-lab/check";
import { protocols } from "@envoy-mesh-lab/connections";
import { call, codeName, createTransport, findRpc } from "@envoy-mesh-lab/load";
import { durationNs, serviceOf } from "@envoy-mesh-lab/trace";
import { aRequest, edgeUrl, expected, traceOf } from "./mesh.ts";

const allCodes = Object.values(Code).filter((it): it is Code => typeof it === "number");
const at = (service: "gateway" | "backend", behavior: object) => ({
  [service]: { workMs: 0, failAfter: 0, ...behavior },
});

for (const protocol of protocols) {
  const transport = createTransport(protocol, edgeUrl);

  suite(`errors over ${protocol}`, () => {
    for (const code of allCodes) {
      test(`${codeName(code)} of the backend reaches the caller through five proxies' hands`, async () => {
        const result = await call(transport, aRequest(at("backend", { fail: code })));
        assert.equal(result.code, codeName(code), result.message);
      });
    }

    test("a stream fails after as many messages as were asked for, in one whole trace", async () => {
      const rpc = findRpc("ServeTable", undefined);
      const behavior = at("backend", { fail: Code.DataLoss, failAfter: 2 });
      const result = await call(transport, aRequest({ rpc, messages: 5, ...behavior }));
      assert.deepEqual([result.code, result.responses.length], ["data_loss", 2]);
      const trace = await traceOf(result);
      assert.deepEqual(checkTrace(trace, expected), []);
      const failed = trace.spans.filter((it) => it.status.code === "error").map(serviceOf);
      assert.ok(failed.includes("backend") && failed.includes("gateway"), failed.join());
    });
  });

  suite(`time over ${protocol}`, () => {
    for (const service of ["gateway", "backend"] as const) {
      // Node's timers count whole milliseconds, so 80 may end a little early on the clock of the spans.
      test(`work time of the ${service} is in its SERVER span`, async () => {
        const result = await call(transport, aRequest(at(service, { workMs: 80 })));
        assert.equal(result.code, "ok");
        const span = (await traceOf(result)).spans.find(
          (it) => serviceOf(it) === service && it.kind === "server",
        );
        assert.ok(span && durationNs(span) >= 78_000_000n, `${span && durationNs(span)} ns`);
      });
    }

    test("a deadline of the caller ends the call everywhere", async () => {
      const result = await call(
        transport,
        aRequest({ ...at("backend", { workMs: 20_000 }), timeoutMs: 300 }),
      );
      assert.equal(result.code, "deadline_exceeded");
      assert.ok(result.durationMs < 10_000, "long before the work was done");
    });
  });
}
