// The kitchen as it is in the lab, but for one thing: the printer, in printer.ts beside this file, wakes up with the first drink.
// There is nothing to change here.
import { kitchen } from "@envoy-mesh-lab/backend";
import { runService } from "@envoy-mesh-lab/chassis";
import { KitchenService } from "@envoy-mesh-lab/proto/kitchen/v1/kitchen_pb.ts";
import { wakePrinter } from "./printer.ts";

await runService({
  defaults: { serviceName: "backend", listen: { host: "127.0.0.1", port: 8082 } },
  environment: {},
  services: [KitchenService.typeName],
  routes: () => (router) =>
    router.service(KitchenService, {
      ...kitchen,
      brewDrink(request, context) {
        wakePrinter();
        return kitchen.brewDrink(request, context);
      },
    }),
});
