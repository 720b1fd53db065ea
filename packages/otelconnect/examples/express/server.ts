// A server in Express: node --import ./tracing.ts server.ts
import { expressConnectMiddleware } from "@connectrpc/connect-express";
import { createServerInterceptor } from "@envoy-mesh-lab/otelconnect";
import express from "express";
import { EchoService } from "./gen/echo_pb.ts";

const app = express();
app.use(
  expressConnectMiddleware({
    interceptors: [createServerInterceptor()],
    routes: (router) => router.service(EchoService, { unary: ({ value }) => ({ value }) }),
  }),
);
app.listen(Number(process.env.PORT ?? 8080), "127.0.0.1", () => console.log("listening"));
