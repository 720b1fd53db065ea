// The gateway as it is in the lab, but for one thing: its SERVER and CLIENT spans come from tracing.ts beside this file.
// There is nothing to change here.
import { runGateway } from "@envoy-mesh-lab/gateway";
import { clientTracing, serverTracing } from "./tracing.ts";

await runGateway({ tracing: serverTracing, interceptors: [clientTracing] });
