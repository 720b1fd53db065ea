import { createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { runService } from "@envoy-mesh-lab/chassis";
import { createCafe, gatewayEnvironment } from "@envoy-mesh-lab/gateway";
import { createClientInterceptor } from "@envoy-mesh-lab/otelconnect";
import { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";
import { KitchenService } from "@envoy-mesh-lab/proto/kitchen/v1/kitchen_pb.ts";

/**
 * Called before the CLIENT span of an outgoing call starts; what it returns is called after the interceptor has
 * injected that span, right before the request is sent.
 */
export type HeaderMistake = (header: Headers) => () => void;

/** Runs the gateway with a mistake in the headers of its calls to the backend. */
export async function runBrokenGateway(mistake: HeaderMistake): Promise<void> {
  await runGatewayWith((next) => (request) => {
    const meddle = mistake(request.header);
    return createClientInterceptor()((traced) => {
      meddle();
      return next(traced);
    })(request);
  });
}

/** Runs the gateway with another interceptor for its calls to the backend, which it makes over Connect. */
export async function runGatewayWith(interceptor: Interceptor): Promise<void> {
  await runService({
    defaults: { serviceName: "gateway", listen: { host: "127.0.0.1", port: 8081 } },
    environment: gatewayEnvironment,
    services: [CafeService.typeName],
    routes: (settings) => {
      const transport = createConnectTransport({
        baseUrl: settings.BACKEND_URL,
        httpVersion: "2",
        interceptors: [interceptor],
      });
      const kitchen = createClient(KitchenService, transport);
      return (router) =>
        router.service(
          CafeService,
          createCafe(() => kitchen),
        );
    },
  });
}
