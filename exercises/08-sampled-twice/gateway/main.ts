// The gateway of another team: it traces its calls as it should, and drops x-request-id from them.
import { runService } from "@envoy-mesh-lab/chassis";
import { createTransports } from "@envoy-mesh-lab/connections";
import { createCafe, createKitchenClients, gatewayEnvironment } from "@envoy-mesh-lab/gateway";
import { createClientInterceptor } from "@envoy-mesh-lab/otelconnect";
import { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";

await runService({
  defaults: { serviceName: "gateway", listen: { host: "127.0.0.1", port: 8081 } },
  environment: gatewayEnvironment,
  services: [CafeService.typeName],
  routes: (settings, config) => {
    const transports = createTransports({
      url: settings.BACKEND_URL,
      readMaxBytes: config.readMaxBytes,
      writeMaxBytes: config.writeMaxBytes,
      interceptors: [
        createClientInterceptor(),
        (next) => (request) => {
          request.header.delete("x-request-id");
          return next(request);
        },
      ],
    });
    const kitchens = createKitchenClients(transports, settings.BACKEND_PROTOCOL);
    return (router) => router.service(CafeService, createCafe(kitchens));
  },
});
