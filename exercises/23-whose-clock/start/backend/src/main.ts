// The kitchen as it is in the lab, but for one thing: each span begins at the time that clock.ts beside this file tells.
// There is nothing to change here.

import { kitchen } from "@envoy-mesh-lab/backend";
import { runService } from "@envoy-mesh-lab/chassis";
import { KitchenService } from "@envoy-mesh-lab/proto/kitchen/v1/kitchen_pb.ts";
import type { HrTime } from "@opentelemetry/api";
import { millisToHrTime } from "@opentelemetry/core";
import type { SpanProcessor } from "@opentelemetry/sdk-trace";
import { now } from "./clock.ts";

/** How long a span lasts is measured by itself, so it ends as much later as it took. */
const timed: SpanProcessor = {
  onStart(span) {
    (span as { startTime: HrTime }).startTime = millisToHrTime(now());
  },
  onEnd() {},
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

await runService({
  defaults: { serviceName: "backend", listen: { host: "127.0.0.1", port: 8082 } },
  environment: {},
  services: [KitchenService.typeName],
  routes: () => (router) => router.service(KitchenService, kitchen),
  spanProcessors: [timed],
});
