// A server in Cloudflare's runtime; it needs the flag nodejs_compat, for the context that follows what is asynchronous.
import { createConnectRouter } from "@connectrpc/connect";
import {
  universalServerRequestFromFetch,
  universalServerResponseToFetch,
} from "@connectrpc/connect/protocol";
import { createServerInterceptor } from "@envoy-mesh-lab/otelconnect";
import { EchoService } from "./gen/echo_pb.ts";
import { flush } from "./tracing.ts";

const router = createConnectRouter({ interceptors: [createServerInterceptor()] });
router.service(EchoService, { unary: ({ value }) => ({ value }) });
const handlers = new Map(router.handlers.map((it) => [it.requestPath, it]));

export default {
  async fetch(request: Request, _env: unknown, execution: { waitUntil(work: Promise<unknown>): void }) {
    const handler = handlers.get(new URL(request.url).pathname);
    if (handler === undefined) {
      return new Response(null, { status: 404 });
    }
    const answer = await handler(universalServerRequestFromFetch(request, {}));
    execution.waitUntil(flush());
    return universalServerResponseToFetch(answer);
  },
};
