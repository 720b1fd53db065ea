// A client in Deno: OTEL_DENO=true deno run --allow-net --allow-env client.ts
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { createClientInterceptor } from "@envoy-mesh-lab/otelconnect";
import type { TextMapPropagator } from "@opentelemetry/api";
import { EchoService } from "./gen/echo_pb.ts";

// Deno's own fetch writes the headers, below a span of its own, and adds to those that are there (Deno 2.9): two are none.
const propagator: TextMapPropagator = { inject() {}, extract: (context) => context, fields: () => [] };
const transport = createConnectTransport({
  baseUrl: `http://127.0.0.1:${Deno.env.get("PORT") ?? 8080}`,
  interceptors: [createClientInterceptor({ propagator })],
});
const { value } = await createClient(EchoService, transport).unary({ value: "hello" });
console.log(value);
