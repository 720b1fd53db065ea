import type { Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { createClientInterceptor } from "@envoy-mesh-lab/otelconnect";
import { createConnectionFaults } from "./connection-faults.ts";
import { createHttp2Sessions } from "./http2-sessions.ts";

/** A protocol of Connect-RPC, by the name that a handler's context gives it. */
export type Protocol = "connect" | "grpc" | "grpc-web";

/** How another service is called. */
export interface TransportOptions {
  /** Where the service is. */
  readonly url: string;
  /** Largest message that is read, in bytes. */
  readonly readMaxBytes: number;
  /** Largest message that is written, in bytes. */
  readonly writeMaxBytes: number;
}

/** The ways to call another service, one for each protocol. */
export interface Transports extends Readonly<Record<Protocol, Transport>> {
  /** Cuts the connections. */
  close(): void;
}

/**
 * Makes the transports to another service: all over the same HTTP/2 connection, each call with a span, and
 * faults of the connection told with their right code.
 */
export function createTransports(options: TransportOptions): Transports {
  const sessionManager = createHttp2Sessions(options.url);
  const transportOptions = {
    baseUrl: options.url,
    httpVersion: "2" as const,
    sessionManager,
    // The span is outermost, so that it tells the code that the caller sees and holds all tries.
    interceptors: [createClientInterceptor(), createConnectionFaults()],
    readMaxBytes: options.readMaxBytes,
    writeMaxBytes: options.writeMaxBytes,
  };
  return {
    connect: createConnectTransport(transportOptions),
    grpc: createGrpcTransport(transportOptions),
    "grpc-web": createGrpcWebTransport(transportOptions),
    close: () => sessionManager.close(),
  };
}
