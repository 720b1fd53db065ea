import { nextJsApiRouter } from "@connectrpc/connect-next";
import { createServerInterceptor } from "@envoy-mesh-lab/otelconnect";
import { EchoService } from "../../gen/echo_pb";

const { handler } = nextJsApiRouter({
  interceptors: [createServerInterceptor()],
  routes: (router) => router.service(EchoService, { unary: ({ value }) => ({ value }) }),
});
export default handler;
// Next reads this from the text, so it cannot be the one that nextJsApiRouter returns: Connect reads the body itself.
export const config = { api: { bodyParser: false } };
