import { runService } from "@envoy-mesh-lab/chassis";
import { KitchenService } from "@envoy-mesh-lab/proto/kitchen/v1/kitchen_pb.ts";

// A backend that brews the trace headers of each request: the gateway hands them to its caller as the drink's name.
await runService({
  defaults: { serviceName: "backend", listen: { host: "127.0.0.1", port: 8082 } },
  environment: {},
  services: [KitchenService.typeName],
  routes: () => (router) =>
    router.service(KitchenService, {
      brewDrink: (_request, { requestHeader }) => ({
        brew: {
          drink: JSON.stringify({
            traceparent: requestHeader.get("traceparent") ?? undefined,
            tracestate: requestHeader.get("tracestate") ?? undefined,
            baggage: requestHeader.get("baggage") ?? undefined,
          }),
        },
      }),
    }),
});
