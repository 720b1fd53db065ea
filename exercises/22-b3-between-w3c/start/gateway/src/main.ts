// The gateway as it is in the lab, but for two things: till.ts beside this file has what is ordered charged, and propagation.ts says
// by which headers traces come in and go out. There is nothing to change here.
import { createCafe, runGateway } from "@envoy-mesh-lab/gateway";
import { createServerInterceptor } from "@envoy-mesh-lab/otelconnect";
import { incoming } from "./propagation.ts";
import { charging } from "./till.ts";

await runGateway({
  tracing: createServerInterceptor({ propagator: incoming }),
  cafe: (kitchens) => charging(createCafe(kitchens)),
});
