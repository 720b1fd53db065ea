// A server in Fastify that says nothing of otelconnect:
// node --import ./tracing.ts --import @envoy-mesh-lab/otelconnect/register server.ts
import { fastifyConnectPlugin } from "@connectrpc/connect-fastify";
import { fastify } from "fastify";
import { EchoService } from "./gen/echo_pb.ts";

const app = fastify();
await app.register(fastifyConnectPlugin, {
  routes: (router) => router.service(EchoService, { unary: ({ value }) => ({ value }) }),
});
await app.listen({ port: Number(process.env.PORT ?? 8080), host: "127.0.0.1" });
console.log("listening");
