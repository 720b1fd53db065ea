// A gateway that waits for the backend for 200 ms only, whatever its caller's deadline, and tells nobody.
import { Code, ConnectError } from "@connectrpc/connect";
import { runGateway } from "@envoy-mesh-lab/gateway";
import { createClientInterceptor } from "@envoy-mesh-lab/otelconnect";

await runGateway({
  interceptors: [
    (next) =>
      createClientInterceptor()(async (request) => {
        const own = new AbortController();
        const timer = setTimeout(
          () => own.abort(new ConnectError("waited long enough", Code.DeadlineExceeded)),
          200,
        );
        try {
          return await next({ ...request, signal: AbortSignal.any([request.signal, own.signal]) });
        } finally {
          clearTimeout(timer);
        }
      }),
  ],
});
