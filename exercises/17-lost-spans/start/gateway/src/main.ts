// The gateway as it is in the lab, but for one thing: the settings of its exporter are those of telemetry-settings.ts beside this file.
// There is nothing to change here.
import { createTracedTransports, runService } from "@envoy-mesh-lab/chassis";
import { createCafe, createKitchenClients, gatewayEnvironment } from "@envoy-mesh-lab/gateway";
import { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";
import { telemetrySettings } from "./telemetry-settings.ts";

Object.assign(process.env, telemetrySettings);
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
