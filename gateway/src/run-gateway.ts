import type { Interceptor, ServiceImpl } from "@connectrpc/connect";
import type { ServiceDefinition } from "@envoy-mesh-lab/chassis";
import { createTracedTransports, runService } from "@envoy-mesh-lab/chassis";
import { createTransports } from "@envoy-mesh-lab/connections";
import { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";
import { createCafe } from "./cafe.ts";
import { gatewayEnvironment } from "./environment.ts";
import type { KitchenClients } from "./kitchen-client.ts";
import { createKitchenClients } from "./kitchen-client.ts";

type Gateway = ServiceDefinition<typeof gatewayEnvironment>;
type GatewaySettings = Parameters<Gateway["routes"]>[0];

/** In what a gateway differs from the mesh's own. Default of all: in nothing. */
export interface GatewayOptions extends Pick<Gateway, "tracing" | "spanProcessors"> {
  /** What each call to the backend passes, the outermost first. Default: what makes its CLIENT span. */
  readonly interceptors?: readonly Interceptor[];
  /** Makes the handlers. Default: those of `createCafe`. */
  readonly cafe?: (kitchens: KitchenClients, settings: GatewaySettings) => ServiceImpl<typeof CafeService>;
}

/** Runs the gateway until it gets SIGTERM or SIGINT. */
export async function runGateway(options: GatewayOptions = {}): Promise<void> {
  const { interceptors, cafe = createCafe, ...rest } = options;
  await runService({
    ...rest,
    defaults: { serviceName: "gateway", listen: { host: "127.0.0.1", port: 8081 } },
    environment: gatewayEnvironment,
    services: [CafeService.typeName],
    routes: (settings, config) => {
      const backend = {
        url: settings.BACKEND_URL,
        readMaxBytes: config.readMaxBytes,
        writeMaxBytes: config.writeMaxBytes,
      };
      const transports =
        interceptors === undefined
          ? createTracedTransports(backend)
          : createTransports({ ...backend, interceptors });
      const kitchens = createKitchenClients(transports, settings.BACKEND_PROTOCOL);
      return (router) => router.service(CafeService, cafe(kitchens, settings));
    },
  });
}
