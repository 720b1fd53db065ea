// The backend as it is in the lab, but for one thing: each span passes the tenant's processor. There is nothing to change here.
import { kitchen } from "@envoy-mesh-lab/backend";
import { runService } from "@envoy-mesh-lab/chassis";
import { KitchenService } from "@envoy-mesh-lab/proto/kitchen/v1/kitchen_pb.ts";
import { tenantProcessor } from "../../chassis/src/tenant.ts";

await runService({
  defaults: { serviceName: "backend", listen: { host: "127.0.0.1", port: 8082 } },
  environment: {},
  services: [KitchenService.typeName],
  spanProcessors: [tenantProcessor],
  routes: () => (router) => router.service(KitchenService, kitchen),
});
