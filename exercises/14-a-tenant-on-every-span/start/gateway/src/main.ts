// The gateway as it is in the lab, but for two things: loyalty.ts beside this file books points for what is ordered, and each
// span passes the tenant's processor. There is nothing to change here.
import { createCafe, runGateway } from "@envoy-mesh-lab/gateway";
import { tenantProcessor } from "../../chassis/src/tenant.ts";
import { withPoints } from "./loyalty.ts";

await runGateway({
  spanProcessors: [tenantProcessor],
  cafe: (kitchens, settings) => withPoints(createCafe(kitchens), settings.BACKEND_URL),
});
