// The gateway of another team: it traces its calls as it should, and drops x-request-id from them.
import type { Interceptor } from "@connectrpc/connect";
import { runGateway } from "@envoy-mesh-lab/gateway";
import { createClientInterceptor } from "@envoy-mesh-lab/otelconnect";

const dropRequestId: Interceptor = (next) => (request) => {
  request.header.delete("x-request-id");
  return next(request);
};

await runGateway({ interceptors: [createClientInterceptor(), dropRequestId] });
