import type { Interceptor } from "@connectrpc/connect";
import { runGateway } from "@envoy-mesh-lab/gateway";
import { createClientInterceptor } from "@envoy-mesh-lab/otelconnect";

/**
 * Called before the CLIENT span of an outgoing call starts; what it returns is called after the interceptor has
 * injected that span, right before the request is sent.
 */
export type HeaderMistake = (header: Headers) => () => void;

/** Runs the gateway with a mistake in the headers of its calls to the backend. */
export async function runBrokenGateway(mistake: HeaderMistake): Promise<void> {
  const interceptor: Interceptor = (next) => (request) => {
    const meddle = mistake(request.header);
    return createClientInterceptor()((traced) => {
      meddle();
      return next(traced);
    })(request);
  };
  await runGateway({ interceptors: [interceptor] });
}
