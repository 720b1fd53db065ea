// The gateway as it is in the lab, but for one thing: guests get points for what they order, and loyalty.ts beside this file
// books them. There is nothing to change here.
import { createCafe, runGateway } from "@envoy-mesh-lab/gateway";
import { withPoints } from "./loyalty.ts";

await runGateway({ cafe: (kitchens) => withPoints(createCafe(kitchens)) });
