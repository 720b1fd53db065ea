import type { Interceptor, Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { createStreamCleanup } from "./call-streams.ts";
import { createConnectionFaults } from "./connection-faults.ts";
import { createHttp2Sessions } from "./http2-sessions.ts";

/** The protocols of Connect-RPC, by the names that a handler's context gives them. */
export const protocols = ["connect", "grpc", "grpc-web"] as const;

/** A protocol of Connect-RPC. */
export type Protocol = (typeof protocols)[number];

/** How a service is called. */
export interface TransportOptions {
  /** Where the service is. */
  readonly url: string;
  /** Largest message that is read, in bytes. Default: 4294967295, Connect's own. */
  readonly readMaxBytes?: number;
  /** Largest message that is written, in bytes. Default: 4294967295, Connect's own. */
  readonly writeMaxBytes?: number;
  /** Interceptors around all tries of a call, the outermost first. Default: none. */
  readonly interceptors?: readonly Interceptor[];
  /** Whether Connect's unary calls without side effects use GET, as caches like it. Default: false, Connect's own. */
  readonly useHttpGet?: boolean;
}

/** The ways to call a service, one for each protocol. */
export interface Transports extends Readonly<Record<Protocol, Transport>> {
  /** Cuts the connections. */
  close(): void;
}

/**
 * Makes the transports to a service: all over the same HTTP/2 connection without TLS, and with faults of the
 * connection under their right code.
 */
export function createTransports(options: TransportOptions): Transports {
  const { url, interceptors = [], useHttpGet = false, ...limits } = options;
  const sessionManager = createHttp2Sessions(url);
  const transportOptions = {
    ...limits,
    baseUrl: url,
    httpVersion: "2" as const,
    sessionManager,
    interceptors: [...interceptors, createConnectionFaults(), createStreamCleanup()],
  };
  return {
    connect: createConnectTransport({ ...transportOptions, useHttpGet }),
    grpc: createGrpcTransport(transportOptions),
    "grpc-web": createGrpcWebTransport(transportOptions),
    close: () => sessionManager.close(),
  };
}
