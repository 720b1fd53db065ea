// The gateway as it is in the lab, but for one thing: the loyalty team added tracing.ts beside this file.
// There is nothing to change here.
import { runGateway } from "@envoy-mesh-lab/gateway";
import { serverTracing } from "./tracing.ts";

await runGateway({ tracing: serverTracing });
