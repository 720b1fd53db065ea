// A client over gRPC in Bun: bun --preload ./tracing.ts client.ts
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { createClientInterceptor } from "@envoy-mesh-lab/otelconnect";
import { EchoService } from "./gen/echo_pb.ts";

const transport = createGrpcTransport({
  baseUrl: `http://127.0.0.1:${process.env.PORT ?? 8080}`,
  interceptors: [createClientInterceptor()],
});
const { value } = await createClient(EchoService, transport).unary({ value: "hello" });
console.log(value);
