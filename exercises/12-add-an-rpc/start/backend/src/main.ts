// The backend as it is in the lab, but for one thing: its contract is the one in proto/ beside it, its handlers are those of
// handlers.ts. There is nothing to change here.
import { runService } from "@envoy-mesh-lab/chassis";
import { KitchenService } from "../../gen/kitchen/v1/kitchen_pb.ts";
import { kitchen } from "./handlers.ts";

await runService({
  defaults: { serviceName: "backend", listen: { host: "127.0.0.1", port: 8082 } },
  environment: {},
  services: [KitchenService.typeName],
  routes: () => (router) => router.service(KitchenService, kitchen),
});
