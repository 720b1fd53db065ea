// The backend of the release that incidents happen to. What differs from the lab's own is in the file beside this one.
import { kitchen } from "@envoy-mesh-lab/backend";
import { runService } from "@envoy-mesh-lab/chassis";
import { createServerInterceptor } from "@envoy-mesh-lab/otelconnect";
import { KitchenService } from "@envoy-mesh-lab/proto/kitchen/v1/kitchen_pb.ts";
import { withMachines } from "./brewing.ts";

await runService({
  defaults: { serviceName: "backend", listen: { host: "127.0.0.1", port: 8082 } },
  environment: {},
  services: [KitchenService.typeName],
  tracing: createServerInterceptor(),
  routes: () => (router) => router.service(KitchenService, withMachines(kitchen)),
});
