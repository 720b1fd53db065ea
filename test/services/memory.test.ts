import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "@connectrpc/connect";
import { startService } from "@envoy-mesh-lab/chassis/testing";
import { createTransports } from "@envoy-mesh-lab/connections";
import { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";

/** Enough for the gateway at rest and its traffic, not for what 3000 streams would leave behind at 19 kB each. */
const heapMegabytes = 48;
/** V8 leaves the cheap collections out, and takes three times as long, when the young heap at its default of 16 does not fit beside. */
const youngMegabytes = 8;
const streams = 3_000;

test("thousands of streams pass through a gateway with a small heap", async (t) => {
  const backend = startService(new URL(import.meta.resolve("@envoy-mesh-lab/backend/main")), {});
  const gateway = startService(new URL(import.meta.resolve("@envoy-mesh-lab/gateway/main")), {
    BACKEND_URL: await backend.serving(),
    NODE_OPTIONS: `--max-old-space-size=${heapMegabytes} --max-semi-space-size=${youngMegabytes}`,
    // Spans are made, and dropped where nobody takes them.
    OTEL_TRACES_EXPORTER: "otlp",
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
  });
  t.after(async () => {
    for (const service of [gateway, backend]) {
      service.signal("SIGKILL");
      await service.exited;
    }
  });
  const transports = createTransports({ url: await gateway.serving() });
  t.after(() => transports.close());
  const cafe = createClient(CafeService, transports.grpc);
  let read = 0;
  async function guest(): Promise<void> {
    while (read < streams) {
      read++;
      const steps = await Array.fromAsync(cafe.watchOrder({ name: "tea", backend: { messageCount: 2 } }));
      assert.equal(steps.length, 2);
    }
  }
  await Promise.all(Array.from({ length: 8 }, guest));
  gateway.signal("SIGTERM");
  assert.equal(await gateway.exited, 0, gateway.stderr());
});
