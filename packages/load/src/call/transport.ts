import type { Transport } from "@connectrpc/connect";
import type { Protocol } from "@envoy-mesh-lab/connections";
import { createTransports } from "@envoy-mesh-lab/connections";

/** A transport over HTTP/2 without TLS, on a connection of its own. */
export function createTransport(protocol: Protocol, baseUrl: string): Transport {
  return createTransports({ url: baseUrl, useHttpGet: true })[protocol];
}
