import { createTracedTransports, runService } from "@envoy-mesh-lab/chassis";
import { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";
import { createCafe } from "./cafe.ts";
import { gatewayEnvironment } from "./environment.ts";
import { createKitchenClients } from "./kitchen-client.ts";

await runService({
  defaults: { serviceName: "gateway", listen: { host: "127.0.0.1", port: 8081 } },
  environment: gatewayEnvironment,
  services: [CafeService.typeName],
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
