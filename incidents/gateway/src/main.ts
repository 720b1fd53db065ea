// The gateway of the release that incidents happen to. What differs from the lab's own is in the files beside this one.
import { createCafe, runGateway } from "@envoy-mesh-lab/gateway";
import { createClientInterceptor } from "@envoy-mesh-lab/otelconnect";
import { askLoyalty, keepGuestsPrivate } from "./kitchen-calls.ts";
import { patient } from "./patience.ts";

await runGateway({
  // The outermost first: loyalty is asked before the call's span begins.
  interceptors: [askLoyalty, createClientInterceptor(), keepGuestsPrivate],
  cafe: (kitchens) => patient(createCafe(kitchens)),
});
