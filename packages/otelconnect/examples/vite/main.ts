// A page that makes one call. A bundle may order modules as their imports stand, so the set-up comes first.
import "./tracing.ts";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { createClientInterceptor } from "@envoy-mesh-lab/otelconnect";
import { EchoService } from "./gen/echo_pb.ts";

const transport = createConnectTransport({
  baseUrl: location.origin,
  interceptors: [createClientInterceptor()],
});
const { value } = await createClient(EchoService, transport).unary({ value: "hello" });
document.querySelector("output")?.append(value);
