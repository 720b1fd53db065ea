// The server that the page calls: node --import ./server-tracing.ts server.ts
import { createServer } from "node:http";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { createServerInterceptor } from "@envoy-mesh-lab/otelconnect";
import { EchoService } from "./gen/echo_pb.ts";

const handler = connectNodeAdapter({
  interceptors: [createServerInterceptor()],
  routes: (router) => router.service(EchoService, { unary: ({ value }) => ({ value }) }),
});
const port = Number(process.env.SERVICE_PORT ?? 8081);
createServer(handler).listen(port, "127.0.0.1", () => console.log("listening"));
