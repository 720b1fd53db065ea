// The gateway as it is in the lab, but for one thing: retries.ts beside this file tries calls to the kitchen again. Each try has a
// CLIENT span of its own. There is nothing to change here.
import { runGateway } from "@envoy-mesh-lab/gateway";
import { createClientInterceptor } from "@envoy-mesh-lab/otelconnect";
import { withRetries } from "./retries.ts";

await runGateway({ interceptors: [withRetries, createClientInterceptor()] });
