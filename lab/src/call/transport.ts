import type { Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";

/** The protocols that Connect for Node speaks. */
export const protocols = ["connect", "grpc", "grpc-web"] as const;
export type Protocol = (typeof protocols)[number];

/** A transport over HTTP/2 without TLS. Connect's unary calls without side effects use GET, as a browser's cache likes. */
export function createTransport(protocol: Protocol, baseUrl: string): Transport {
  const options = { baseUrl, httpVersion: "2" as const };
  switch (protocol) {
    case "connect":
      return createConnectTransport({ ...options, useHttpGet: true });
    case "grpc":
      return createGrpcTransport(options);
    case "grpc-web":
      return createGrpcWebTransport(options);
  }
}
