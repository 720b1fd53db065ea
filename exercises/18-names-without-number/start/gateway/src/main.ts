// The gateway as it is in the lab, but for one thing: loyalty.ts beside this file asks about the guest with each order. There is
// nothing to change here.
import { createCafe, runGateway } from "@envoy-mesh-lab/gateway";
import { withLoyalty } from "./loyalty.ts";

await runGateway({ cafe: (kitchens, settings) => withLoyalty(createCafe(kitchens), settings.BACKEND_URL) });
