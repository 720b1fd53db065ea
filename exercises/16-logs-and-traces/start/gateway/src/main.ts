// The gateway as it is in the lab, but for one thing: order-log.ts beside this file writes a line for each order that failed.
// There is nothing to change here.
import { runGateway } from "@envoy-mesh-lab/gateway";
import { createServerInterceptor } from "@envoy-mesh-lab/otelconnect";
import { createOrderLog } from "./order-log.ts";

const traced = createServerInterceptor();
const logged = createOrderLog();

await runGateway({ tracing: (next) => traced(logged(next)) });
