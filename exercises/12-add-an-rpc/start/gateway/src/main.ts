// The gateway as it is in the lab, but for one thing: its contracts and handlers are those of handlers.ts beside this file.
// There is nothing to change here.
import { createClient } from "@connectrpc/connect";
import { createTracedTransports, runService } from "@envoy-mesh-lab/chassis";
import { gatewayEnvironment } from "@envoy-mesh-lab/gateway";
import { CafeService, createHandlers, KitchenService } from "./handlers.ts";

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
    const clients = {
      connect: createClient(KitchenService, transports.connect),
      grpc: createClient(KitchenService, transports.grpc),
      "grpc-web": createClient(KitchenService, transports["grpc-web"]),
    };
    // The kitchen is called with the protocol that the gateway was called with.
    const handlers = createHandlers(({ protocolName: name }) =>
      name === "grpc" || name === "grpc-web" ? clients[name] : clients.connect,
    );
    return (router) => router.service(CafeService, handlers);
  },
});
