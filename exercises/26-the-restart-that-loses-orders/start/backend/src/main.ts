// The kitchen as it is in the lab, but for one thing: how it ends is said in ending-settings.ts beside this file.
// There is nothing to change here.
import { kitchen } from "@envoy-mesh-lab/backend";
import { runService } from "@envoy-mesh-lab/chassis";
import { KitchenService } from "@envoy-mesh-lab/proto/kitchen/v1/kitchen_pb.ts";
import { endingSettings } from "./ending-settings.ts";

Object.assign(process.env, endingSettings);
await runService({
  defaults: { serviceName: "backend", listen: { host: "127.0.0.1", port: 8082 } },
  environment: {},
  services: [KitchenService.typeName],
  routes: () => (router) => router.service(KitchenService, kitchen),
});
