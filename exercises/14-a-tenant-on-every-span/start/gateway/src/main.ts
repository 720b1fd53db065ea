// The gateway as it is in the lab, but for two things: loyalty.ts beside this file books points for what is ordered, and each
// span passes the tenant's processor. There is nothing to change here.
import { createTracedTransports, runService } from "@envoy-mesh-lab/chassis";
import { createCafe, createKitchenClients, gatewayEnvironment } from "@envoy-mesh-lab/gateway";
import { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";
import { tenantProcessor } from "../../chassis/src/tenant.ts";
import { withPoints } from "./loyalty.ts";

await runService({
  defaults: { serviceName: "gateway", listen: { host: "127.0.0.1", port: 8081 } },
  environment: gatewayEnvironment,
  services: [CafeService.typeName],
  spanProcessors: [tenantProcessor],
  routes: (settings, config) => {
    const transports = createTracedTransports({
      url: settings.BACKEND_URL,
      readMaxBytes: config.readMaxBytes,
      writeMaxBytes: config.writeMaxBytes,
    });
    const cafe = createCafe(createKitchenClients(transports, settings.BACKEND_PROTOCOL));
    return (router) => router.service(CafeService, withPoints(cafe, settings.BACKEND_URL));
  },
});
