import type { CallOptions, Client, HandlerContext } from "@connectrpc/connect";
import { createClient } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { createClientInterceptor } from "@envoy-mesh-lab/otelconnect";
import { KitchenService } from "@envoy-mesh-lab/proto/kitchen/v1/kitchen_pb.ts";

/** A client of the kitchen. */
export type KitchenClient = Client<typeof KitchenService>;

/** How the kitchen is called. */
export interface KitchenClientOptions {
  /** Where the kitchen is. */
  readonly url: string;
  /** The protocol to call it in; `same` is the one of the call that is being answered. */
  readonly protocol: "same" | "connect" | "grpc" | "grpc-web";
  /** Largest message that is read, in bytes. */
  readonly readMaxBytes: number;
  /** Largest message that is written, in bytes. */
  readonly writeMaxBytes: number;
}

/** Finds the client for a call that is being answered. */
export type KitchenClients = (context: HandlerContext) => KitchenClient;

/**
 * Makes the clients of the kitchen: one for each protocol, all over the same HTTP/2 connection, each call
 * with a span.
 */
export function createKitchenClients(options: KitchenClientOptions): KitchenClients {
  const transportOptions = {
    baseUrl: options.url,
    httpVersion: "2" as const,
    sessionManager: new Http2SessionManager(options.url),
    interceptors: [createClientInterceptor()],
    readMaxBytes: options.readMaxBytes,
    writeMaxBytes: options.writeMaxBytes,
  };
  const connect = createClient(KitchenService, createConnectTransport(transportOptions));
  const grpc = createClient(KitchenService, createGrpcTransport(transportOptions));
  const grpcWeb = createClient(KitchenService, createGrpcWebTransport(transportOptions));
  return (context) => {
    switch (options.protocol === "same" ? context.protocolName : options.protocol) {
      case "grpc":
        return grpc;
      case "grpc-web":
        return grpcWeb;
      default:
        return connect;
    }
  };
}

/**
 * What a call to the kitchen inherits from the call that is being answered: what is left of its deadline, its
 * cancellation, and the request id under which the proxies know it.
 */
export function inherit(context: HandlerContext): CallOptions {
  const requestId = context.requestHeader.get("x-request-id");
  const timeoutMs = context.timeoutMs();
  return {
    signal: context.signal,
    // Protocols carry whole milliseconds.
    ...(timeoutMs === undefined ? {} : { timeoutMs: Math.ceil(timeoutMs) }),
    ...(requestId === null ? {} : { headers: { "x-request-id": requestId } }),
  };
}
