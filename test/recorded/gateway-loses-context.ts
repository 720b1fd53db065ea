// A gateway whose handler makes its calls outside of the SERVER span's context, as a callback without one would.
import { createClientInterceptor } from "@envoy-mesh-lab/otelconnect";
import { context, ROOT_CONTEXT } from "@opentelemetry/api";
import { runGatewayWith } from "./run-broken-gateway.ts";

const traced = createClientInterceptor();
await runGatewayWith((next) => (request) => context.with(ROOT_CONTEXT, () => traced(next)(request)));
