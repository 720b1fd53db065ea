// The gateway as it is in the lab, but for one thing: the spans of its calls to the backend come from client-tracing.ts
// beside this file. There is nothing to change here.
import { runGateway } from "@envoy-mesh-lab/gateway";
import { clientTracing } from "./client-tracing.ts";

await runGateway({ interceptors: [clientTracing] });
