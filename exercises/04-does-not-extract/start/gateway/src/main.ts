// The gateway as it is in the lab, but for one thing: its SERVER spans come from server-tracing.ts beside this file. There
// is nothing to change here.
import { runGateway } from "@envoy-mesh-lab/gateway";
import { serverTracing } from "./server-tracing.ts";

await runGateway({ tracing: serverTracing });
