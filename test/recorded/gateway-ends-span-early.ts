// A gateway whose CLIENT span ends as soon as the answer begins, although a stream goes on after that.

import { runGateway } from "@envoy-mesh-lab/gateway";
import { context, propagation, SpanKind, trace } from "@opentelemetry/api";

await runGateway({
  interceptors: [
    (next) => async (request) => {
      const { typeName } = request.service;
      const span = trace.getTracer("gateway").startSpan(`${typeName}/${request.method.name}`, {
        kind: SpanKind.CLIENT,
        attributes: { "rpc.system.name": "connectrpc", "rpc.method": `${typeName}/${request.method.name}` },
      });
      try {
        return await context.with(trace.setSpan(context.active(), span), () => {
          const carrier: Record<string, string> = {};
          propagation.inject(context.active(), carrier);
          for (const [name, value] of Object.entries(carrier)) request.header.set(name, value);
          return next(request);
        });
      } finally {
        span.end();
      }
    },
  ],
});
