// A gateway whose handler makes its calls outside of the SERVER span's context, as a callback without one would.

import { runGateway } from "@envoy-mesh-lab/gateway";
import { createClientInterceptor } from "@envoy-mesh-lab/otelconnect";
import { context, ROOT_CONTEXT } from "@opentelemetry/api";

const traced = createClientInterceptor();
await runGateway({
  interceptors: [(next) => (request) => context.with(ROOT_CONTEXT, () => traced(next)(request))],
});
