// The gateway as it is in the lab, but for one thing: order-log.ts beside this file writes a line for each order that failed.
// There is nothing to change here.
import { createTracedTransports, runService } from "@envoy-mesh-lab/chassis";
import { createCafe, createKitchenClients, gatewayEnvironment } from "@envoy-mesh-lab/gateway";
import { createServerInterceptor } from "@envoy-mesh-lab/otelconnect";
import { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";
import { createOrderLog } from "./order-log.ts";

const traced = createServerInterceptor();
const logged = createOrderLog();

await runService({
  defaults: { serviceName: "gateway", listen: { host: "127.0.0.1", port: 8081 } },
  environment: gatewayEnvironment,
  services: [CafeService.typeName],
  tracing: (next) => traced(logged(next)),
  routes: (settings, config) => {
    const transports = createTracedTransports({
      url: settings.BACKEND_URL,
      readMaxBytes: config.readMaxBytes,
      writeMaxBytes: config.writeMaxBytes,
    });
    const kitchens = createKitchenClients(transports, settings.BACKEND_PROTOCOL);
    return (router) => router.service(CafeService, createCafe(kitchens));
  },
});
