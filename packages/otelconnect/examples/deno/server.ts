// A server in Deno, which brings an SDK of its own: OTEL_DENO=true deno run --allow-net --allow-env server.ts
import { createConnectRouter } from "@connectrpc/connect";
import {
  universalServerRequestFromFetch,
  universalServerResponseToFetch,
} from "@connectrpc/connect/protocol";
import { createServerInterceptor } from "@envoy-mesh-lab/otelconnect";
import { EchoService } from "./gen/echo_pb.ts";

const router = createConnectRouter({ interceptors: [createServerInterceptor()] });
router.service(EchoService, { unary: ({ value }) => ({ value }) });
const handlers = new Map(router.handlers.map((it) => [it.requestPath, it]));

Deno.serve(
  {
    port: Number(Deno.env.get("PORT") ?? 8080),
    hostname: "127.0.0.1",
    onListen: () => console.log("listening"),
  },
  async (request) => {
    const handler = handlers.get(new URL(request.url).pathname);
    return handler === undefined
      ? new Response(null, { status: 404 })
      : universalServerResponseToFetch(await handler(universalServerRequestFromFetch(request, {})));
  },
);
