import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createTransport } from "@envoy-mesh-lab/load";
import { partAction } from "@envoy-mesh-lab/mesh";
import { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";
import { allWell, partNow } from "./faults.ts";
import { edgeUrl, logLines, patience, until } from "./mesh.ts";

// What a caller is told when a part of the mesh is killed in the middle of a streamed answer, by the real Envoys:
// `unavailable` of each, whether the stream is reset or the connection breaks. docs/envoy-tracing.md says what they send.

for (const victim of ["backend", "backend-proxy", "gateway", "gateway-proxy", "edge"]) {
  suite(`${victim} is killed in the middle of an answer`, () => {
    for (const protocol of ["connect", "grpc", "grpc-web"] as const) {
      test(protocol, async () => {
        await allWell();
        const started = new Date().toISOString();
        const { restarts } = await partNow(victim);
        const error = await watchAndKill(protocol, victim);
        assert.equal(error.code, Code.Unavailable, error.message);
        assert.notEqual(error.rawMessage, "");
        if (victim.startsWith("backend")) {
          const line = await until(
            () => logLines("gateway").find((it) => it.msg === "rpc finished" && String(it.time) > started),
            (it) => it !== undefined,
          );
          assert.equal(line?.code, "unavailable", "the gateway, which calls it, says the same");
        }
        // It may be called healthy until it is asked again.
        await until(
          () => partNow(victim),
          (it) => it.restarts > restarts,
        );
        await allWell();
      });
    }
  });
}

/** Watches an order, and kills a part when some of the answer has come. Returns how the call ended. */
async function watchAndKill(
  protocol: "connect" | "grpc" | "grpc-web",
  victim: string,
): Promise<ConnectError> {
  const cafe = createClient(CafeService, createTransport(protocol, edgeUrl));
  const order = { name: "espresso", backend: { workTime: durationFromMs(20), messageCount: 1_000 } };
  let messages = 0;
  try {
    for await (const _ of cafe.watchOrder(order, { timeoutMs: patience })) {
      messages++;
      if (messages === 3) {
        await partAction("kill", victim);
      }
    }
  } catch (error) {
    assert.ok(messages >= 3, `the answer had begun: ${error}`);
    return ConnectError.from(error);
  }
  return assert.fail("the call ended well");
}
