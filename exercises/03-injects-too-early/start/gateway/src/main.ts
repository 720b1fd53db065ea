// The gateway as it is in the lab, but for one thing: the spans of its calls to the backend come from client-tracing.ts
// beside this file. There is nothing to change here.
import { runService } from "@envoy-mesh-lab/chassis";
import { createTransports } from "@envoy-mesh-lab/connections";
import { createCafe, createKitchenClients, gatewayEnvironment } from "@envoy-mesh-lab/gateway";
import { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";
import { clientTracing } from "./client-tracing.ts";

await runService({
  defaults: { serviceName: "gateway", listen: { host: "127.0.0.1", port: 8081 } },
  environment: gatewayEnvironment,
  services: [CafeService.typeName],
  routes: (settings, config) => {
    const transports = createTransports({
      url: settings.BACKEND_URL,
      readMaxBytes: config.readMaxBytes,
      writeMaxBytes: config.writeMaxBytes,
      interceptors: [clientTracing],
    });
    const kitchens = createKitchenClients(transports, settings.BACKEND_PROTOCOL);
    return (router) => router.service(CafeService, createCafe(kitchens));
  },
});
