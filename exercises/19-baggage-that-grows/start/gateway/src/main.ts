// The gateway as it is in the lab, but for one thing: visits.ts beside this file knows what guests ordered before, and sends it on
// with each order. There is nothing to change here.
import { createCafe, runGateway } from "@envoy-mesh-lab/gateway";
import { createClientInterceptor } from "@envoy-mesh-lab/otelconnect";
import { sendVisits, withVisits } from "./visits.ts";

await runGateway({
  interceptors: [createClientInterceptor(), sendVisits],
  cafe: (kitchens) => withVisits(createCafe(kitchens)),
});
