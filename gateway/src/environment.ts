import { httpUrl, oneOf } from "@envoy-mesh-lab/chassis";

/** The environment variables that only the gateway has. */
export const gatewayEnvironment = {
  /** Where the backend is: in the mesh, the outbound listener of the gateway's own sidecar. */
  BACKEND_URL: httpUrl.default("http://127.0.0.1:8082"),
  /** The protocol of calls to the backend; `same` is the one in which the gateway itself was called. */
  BACKEND_PROTOCOL: oneOf(["same", "connect", "grpc", "grpc-web"]).default("same"),
};
